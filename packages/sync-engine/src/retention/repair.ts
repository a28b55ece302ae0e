import Database from 'better-sqlite3'
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isThere } from '../base/present.ts'
import { processStart } from '../base/process-age.ts'
import { refuseLaterVersion } from '../journal/database.ts'
import { captureRecorded } from '../journal/capture.ts'
import { journalPath, openJournal, type Journal } from '../journal/journal.ts'
import { UNKNOWN_ACCOUNT } from '../target/account.ts'
import { upToBytes } from '../journal/up-to-bytes.ts'
import { readJournalPages, type JournalPages } from './event-pages.ts'
import { takeConsentsAlong } from './keep-consents.ts'
import { PageFile } from './page-file.ts'
import { soleUse, type SoleUse } from './sole-use.ts'
import { putInPlace } from './put-in-place.ts'

export interface RepairReport {
  readonly salvaged: number
  /** What was read and is not an event that a door takes; kept in quarantine. */
  readonly quarantined: number
  /** Positions between the first and the last that could not be read, or never were. */
  readonly unreadable: number
  /** Whether it is known who agreed to what; if not, nothing is sent before a person agrees again. */
  readonly consentsKnown: boolean
  /** Where the damaged files are now; nothing is deleted. */
  readonly damaged: string
}

/**
 * Puts every event of a damaged journal that can be read into a new one, and what was decided about consent,
 * but nothing else: what was delivered before is sent again and comes back as duplicate. No other process may have the journal open
 * meanwhile. The new journal takes the place of the damaged one when it is complete; a kill at any moment
 * leaves one that has every event.
 * @param now milliseconds since the epoch
 * @param onProgress told how many events more were salvaged
 * @throws {SyncError} `journal-newer`, `journal-busy`; nothing is changed then
 */
export function repairJournal(
  home: string,
  now: () => number,
  onProgress: (events: number) => void = () => undefined,
): RepairReport {
  const path = journalPath(home)
  refuseLaterVersion(path)
  removeDeadWork(dirname(path))
  const work = mkdtempSync(join(dirname(path), `repair-${process.pid}-`))
  try {
    using held = soleUse(path, work)
    const copy = copyOf(path, work, held)
    const journal = openJournal({ home: work, now })
    const counts = { salvaged: 0, quarantined: 0, unreadable: 0, consentsKnown: false }
    try {
      salvage(copy, journal, counts, onProgress)
    } finally {
      journal.close()
    }
    return { ...counts, damaged: putInPlace(path, { work, copy, repaired: journal.path, held }) }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function copyOf(path: string, work: string, held: SoleUse | undefined): string {
  const copy = join(work, 'copy.db')
  held?.copyTo(copy)
  if (isThere(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`)
  return copy
}

/** What a killed repair was at; that of a living one stays. */
function removeDeadWork(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^repair-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && processStart(Number(pid)) === undefined)
      rmSync(join(folder, name), { recursive: true, force: true })
  }
}

interface Counts {
  salvaged: number
  quarantined: number
  unreadable: number
  consentsKnown: boolean
}

/** Rows read at a time; a range that cannot be read is halved until the damaged rows are alone. */
const RANGE = 1_000
/** Letters in memory at a time, or a single event: large ones must not fill it. */
const LARGE = 4 * 1024 * 1024

interface Row {
  readonly text: string
  readonly stream: number | null
}

interface Damaged {
  /** Undefined where SQLite finds no table in it. */
  readonly db: Database.Database | undefined
  readonly pages: JournalPages
}

/**
 * SQLite reads what it finds its way to; whatever it does not is looked for page by page, so that a
 * damaged page on the way to an event, or in front of it, does not take the event along.
 */
function salvage(
  copy: string,
  journal: Journal,
  counts: Counts,
  onProgress: (events: number) => void,
): void {
  if ((statSync(copy, { throwIfNoEntry: false })?.size ?? 0) === 0) {
    counts.consentsKnown = takeConsentsAlong(undefined, journal)
    return
  }
  // SQLite folds the log into the file when it closes, so the pages are looked at first.
  using file = new PageFile(copy)
  const pages = readJournalPages(file)
  const db = openIfPossible(copy)
  try {
    const damaged = { db, pages }
    counts.consentsKnown = takeConsentsAlong(db, journal)
    const accounts = accountsOf(damaged)
    const last = Math.max(lastSeq(db), pages.positions.at(-1) ?? 0)
    for (let from = 1; from <= last;) {
      const to = Math.min(from + RANGE - 1, last)
      const { rows, unreadable, through } = readRange(damaged, from, to)
      counts.unreadable += unreadable
      keep(journal, rows, accounts, counts)
      onProgress(rows.length)
      from = through + 1
    }
  } finally {
    db?.close()
  }
}

function openIfPossible(copy: string): Database.Database | undefined {
  const db = new Database(copy, { readonly: true })
  try {
    db.prepare('SELECT seq FROM events LIMIT 1')
    return db
  } catch {
    db.close()
    return undefined
  }
}

/** Events of one account at a time, in the order of their positions. */
function keep(
  journal: Journal,
  rows: readonly Row[],
  accounts: ReadonlyMap<number, string>,
  counts: Counts,
): void {
  for (let from = 0; from < rows.length;) {
    const account = accountOf(rows[from], accounts)
    let to = from + 1
    while (to < rows.length && accountOf(rows[to], accounts) === account) to += 1
    const texts = rows.slice(from, to).map(({ text }) => text)
    for (const { kind } of captureRecorded(journal, texts, { source: 'repair', account }))
      counts[kind === 'quarantined' ? 'quarantined' : 'salvaged'] += 1
    from = to
  }
}

function accountOf(row: Row | undefined, accounts: ReadonlyMap<number, string>): string {
  const stream = row?.stream ?? null
  return stream === null ? '' : (accounts.get(stream) ?? UNKNOWN_ACCOUNT)
}

function accountsOf({ db, pages }: Damaged): ReadonlyMap<number, string> {
  try {
    const rows = db?.prepare('SELECT stream_id, account FROM streams').raw().all() ?? []
    return new Map([...pages.accounts, ...(rows as [number, string][])])
  } catch {
    return pages.accounts
  }
}

/** Asked in several ways: each goes through other pages. */
function lastSeq(db: Database.Database | undefined): number {
  const ways = [
    'SELECT max(seq) FROM events',
    // The index of ids knows every position, and has pages of its own.
    'SELECT max(seq) FROM (SELECT seq, event_id FROM events INDEXED BY sqlite_autoindex_events_1)',
    'SELECT claimed_through FROM journal_state',
    'SELECT max(recorded_through) FROM generations',
    'SELECT max(seq) FROM ledger',
  ]
  return db === undefined ? 0 : Math.max(0, ...ways.map((sql) => numberOr0(db, sql)))
}

function numberOr0(db: Database.Database, sql: string): number {
  try {
    return Number(db.prepare(sql).pluck().get() ?? 0)
  } catch {
    return 0
  }
}

interface Part {
  readonly rows: Row[]
  /** How many neither SQLite nor the pages have. */
  readonly unreadable: number
  /** The last position that was looked at: before the end of the range where the texts are large. */
  readonly through: number
}

/** What SQLite reads and what the pages have in addition, in order. */
function readRange({ db, pages }: Damaged, from: number, to: number): Part {
  const found = new Map<number, Row>()
  const missing = new Set<number>()
  let through = readBySql(db, [from, to], found, missing)
  let length = [...found.values()].reduce((sum, { text }) => sum + text.length, 0)
  for (const seq of positionsWithin(pages.positions, from, through)) {
    const row = found.has(seq) ? undefined : pages.event(seq)
    if (row === undefined) continue
    found.set(seq, row)
    length += row.text.length
    if (length >= LARGE && db === undefined) {
      through = seq
      break
    }
  }
  const isLost = (seq: number): boolean => seq <= through && !found.has(seq) && !pages.gone.has(seq)
  const rows = [...found].sort(([a], [b]) => a - b).map(([, row]) => row)
  return { rows, unreadable: [...missing].filter(isLost).length, through }
}

function positionsWithin(
  positions: readonly number[],
  from: number,
  to: number,
): readonly number[] {
  let [low, high] = [0, positions.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((positions[middle] ?? 0) < from) low = middle + 1
    else high = middle
  }
  const end = positions.findIndex((position, index) => index >= low && position > to)
  return positions.slice(low, end === -1 ? undefined : end)
}

/** @returns the last position that was looked at */
function readBySql(
  db: Database.Database | undefined,
  [from, to]: readonly [number, number],
  found: Map<number, Row>,
  missing: Set<number>,
): number {
  const rows = db === undefined ? undefined : rowsOf(db, from, to)
  if (rows !== undefined) {
    for (const [seq, text, stream] of rows) found.set(seq, { text: String(text), stream })
    const isCut = lengthOf(rows) >= LARGE
    return isCut ? (rows.at(-1)?.[0] ?? to) : to
  }
  if (db === undefined || from === to) {
    for (let seq = from; seq <= to; seq += 1) missing.add(seq)
    return to
  }
  const middle = Math.floor((from + to) / 2)
  const through = readBySql(db, [from, middle], found, missing)
  return through < middle ? through : readBySql(db, [middle + 1, to], found, missing)
}

type SqlRow = [seq: number, text: unknown, stream: number | null]

function lengthOf(rows: readonly SqlRow[]): number {
  return rows.reduce((sum, [, text]) => sum + String(text).length, 0)
}

/** Undefined if a page on the way to one of the rows is damaged. */
function rowsOf(db: Database.Database, from: number, to: number): SqlRow[] | undefined {
  // A range looks at the row after its end, which may be on a damaged page; a single row does not.
  const which = from === to ? 'seq = ?' : 'seq >= ? AND seq <= ?'
  const bounds = from === to ? [from] : [from, to]
  for (const stream of ['stream_id', 'NULL'])
    try {
      const sql = `SELECT seq, envelope, ${stream} FROM events NOT INDEXED
        WHERE ${which} AND envelope IS NOT NULL ORDER BY seq`
      const rows = db.prepare(sql).raw().iterate(bounds) as IterableIterator<SqlRow>
      return upToBytes(rows, ([, text]) => String(text))
    } catch (cause) {
      // A journal of version 1 has no streams.
      if (!(cause instanceof Error && cause.message.includes('no such column'))) return undefined
    }
  return undefined
}
