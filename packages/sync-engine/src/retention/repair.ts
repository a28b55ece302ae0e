import Database from 'better-sqlite3'
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { freeName } from '../base/remedies.ts'
import { syncFolder } from '../home/files.ts'
import { captureRecorded } from '../journal/capture.ts'
import { journalPath, openJournal, type Journal } from '../journal/journal.ts'
import { UNKNOWN_ACCOUNT } from '../target/account.ts'
import { readJournalPages, type JournalPages } from './event-pages.ts'
import { PageFile } from './page-file.ts'

export interface RepairReport {
  readonly salvaged: number
  /** What was read and is not an event that a door takes; kept in quarantine. */
  readonly quarantined: number
  /** Positions between the first and the last that could not be read, or never were. */
  readonly unreadable: number
  /** Where the damaged files are now; nothing is deleted. */
  readonly damaged: string
}

const SUFFIXES = ['', '-wal', '-shm'] as const

/**
 * Puts every event of a damaged journal that can be read into a new one, and nothing else: what was
 * delivered before is sent again and comes back as duplicate. The new journal takes the place of the
 * damaged one in one step, when it is complete; until then a kill changes nothing.
 * @param now milliseconds since the epoch
 */
export function repairJournal(home: string, now: () => number): RepairReport {
  const path = journalPath(home)
  const work = mkdtempSync(join(dirname(path), 'repair-'))
  try {
    const copy = join(work, 'copy.db')
    for (const suffix of SUFFIXES)
      if (suffix !== '-shm' && existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
    const journal = openJournal({ home: work, now })
    const counts = { salvaged: 0, quarantined: 0, unreadable: 0 }
    try {
      salvage(copy, journal, counts)
    } finally {
      journal.close()
    }
    return { ...counts, damaged: putInPlace(path, journalPath(work)) }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

interface Counts {
  salvaged: number
  quarantined: number
  unreadable: number
}

/** Rows read at a time; a range that cannot be read is halved until the damaged rows are alone. */
const RANGE = 1_000

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
function salvage(copy: string, journal: Journal, counts: Counts): void {
  if ((statSync(copy, { throwIfNoEntry: false })?.size ?? 0) === 0) return
  // SQLite folds the log into the file when it closes, so the pages are looked at first.
  using file = new PageFile(copy)
  const pages = readJournalPages(file)
  const db = openIfPossible(copy)
  try {
    const damaged = { db, pages }
    const accounts = accountsOf(damaged)
    const last = Math.max(lastSeq(db), pages.positions.at(-1) ?? 0)
    for (let from = 1; from <= last; from += RANGE) {
      const { rows, unreadable } = readRange(damaged, from, Math.min(from + RANGE - 1, last))
      counts.unreadable += unreadable
      keep(journal, rows, accounts, counts)
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

/** What SQLite reads and what the pages have in addition, in order, and how much neither has. */
function readRange(
  { db, pages }: Damaged,
  from: number,
  to: number,
): { rows: Row[]; unreadable: number } {
  const found = new Map<number, Row>()
  const missing = new Set<number>()
  readBySql(db, [from, to], found, missing)
  for (const seq of positionsWithin(pages.positions, from, to)) {
    const row = found.has(seq) ? undefined : pages.event(seq)
    if (row !== undefined) found.set(seq, row)
  }
  const unreadable = [...missing].filter((seq) => !found.has(seq) && !pages.gone.has(seq)).length
  const rows = [...found].sort(([a], [b]) => a - b).map(([, row]) => row)
  return { rows, unreadable }
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

function readBySql(
  db: Database.Database | undefined,
  [from, to]: readonly [number, number],
  found: Map<number, Row>,
  missing: Set<number>,
): void {
  const rows = db === undefined ? undefined : rowsOf(db, from, to)
  if (rows !== undefined) {
    for (const [seq, text, stream] of rows) found.set(seq, { text: String(text), stream })
    return
  }
  if (db === undefined || from === to) {
    for (let seq = from; seq <= to; seq += 1) missing.add(seq)
    return
  }
  const middle = Math.floor((from + to) / 2)
  readBySql(db, [from, middle], found, missing)
  readBySql(db, [middle + 1, to], found, missing)
}

/** Undefined if a page on the way to one of the rows is damaged. */
function rowsOf(
  db: Database.Database,
  from: number,
  to: number,
): [number, unknown, number | null][] | undefined {
  // A range looks at the row after its end, which may be on a damaged page; a single row does not.
  const which = from === to ? 'seq = ?' : 'seq >= ? AND seq <= ?'
  const bounds = from === to ? [from] : [from, to]
  for (const stream of ['stream_id', 'NULL'])
    try {
      const sql = `SELECT seq, envelope, ${stream} FROM events NOT INDEXED
        WHERE ${which} AND envelope IS NOT NULL ORDER BY seq`
      return db.prepare(sql).raw().all(bounds) as [number, unknown, number | null][]
    } catch (cause) {
      // A journal of version 1 has no streams.
      if (!(cause instanceof Error && cause.message.includes('no such column'))) return undefined
    }
  return undefined
}

/** @returns the folder with the damaged files */
function putInPlace(path: string, repaired: string): string {
  const damaged = freeName(path)
  mkdirSync(damaged, { mode: 0o700 })
  const name = join(damaged, 'journal.db')
  if (existsSync(path)) linkSync(path, name)
  for (const suffix of SUFFIXES)
    if (suffix !== '' && existsSync(path + suffix)) renameSync(path + suffix, name + suffix)
  renameSync(repaired, path)
  syncFolder(dirname(path))
  return damaged
}
