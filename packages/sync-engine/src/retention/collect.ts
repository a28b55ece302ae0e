import { contentHash } from '../base/digest.ts'
import type { Journal } from '../journal/journal.ts'
import { withReserve } from '../journal/reserve.ts'
import { statement } from '../journal/statements.ts'
import { upToBytes } from '../journal/up-to-bytes.ts'
import { SHELL_COLUMNS } from '../journal/upgrade/space.ts'
import { listTargets } from '../delivery/targets.ts'

/** Rows per transaction, and bytes unless one event has more; captures go on in between. */
const CHUNK = 1_000
const CHUNK_BYTES = 8 * 1024 * 1024
/** Payloads in memory at a time. */
const PAGE = 100

/** A retained event that every known target has. No target known means: nothing is collectable. */
const COLLECTABLE = `
  e.envelope IS NOT NULL
  AND EXISTS (SELECT 1 FROM targets WHERE forgotten_at_ms IS NULL)
  AND NOT EXISTS (
    SELECT 1 FROM generations g JOIN targets t USING (target_id)
    WHERE g.is_current = 1 AND t.forgotten_at_ms IS NULL AND NOT EXISTS (
      SELECT 1 FROM ledger l WHERE l.generation_id = g.generation_id AND l.seq = e.seq
        AND l.status IN ('success', 'duplicate')))`

export interface Collectable {
  readonly events: number
  readonly bytes: number
  /** Why nothing can go, where that is so. */
  readonly targets: number
}

/** What gc or archive would remove: only what every known target has (SYNC/T066). */
export function collectable(journal: Journal): Collectable {
  const row = statement<{ events: number; bytes: number }>(
    journal.db,
    `SELECT count(*) AS events, coalesce(sum(size_bytes), 0) AS bytes FROM events e WHERE ${COLLECTABLE}`,
  ).get()
  return { events: row?.events ?? 0, bytes: row?.bytes ?? 0, targets: listTargets(journal).length }
}

export interface CollectableEvent {
  readonly seq: number
  readonly event_id: string
  readonly envelope: string
  /** That it was captured under; empty for none. */
  readonly account: string
}

/** The next collectable events behind a position, in order of capture, as many as memory is to hold. */
export function collectableAfter({ db }: Journal, after: number): CollectableEvent[] {
  const rows = statement<CollectableEvent>(
    db,
    `SELECT e.seq, e.event_id, e.envelope, coalesce(s.account, '') AS account
     FROM events e LEFT JOIN streams s ON s.stream_id = e.stream_id
     WHERE e.seq > ? AND ${COLLECTABLE} ORDER BY e.seq LIMIT ${PAGE}`,
  ).iterate(after)
  return upToBytes(rows, ({ envelope }) => envelope)
}

// The digest of what left says later whether something that comes with the same id is the same.
const REMOVE = `
  UPDATE events AS e SET envelope = NULL, removed_at_ms = @now, removed_sha = content_sha(envelope)
  WHERE e.seq > @after AND e.seq <= @through AND ${COLLECTABLE}`

/**
 * Removes the payloads of collectable events up to a position; rows, ledger and counts stay. The
 * database checks each of them again (trigger), so nothing undelivered can go with them.
 * @returns how many payloads were removed
 */
export function removePayloads(journal: Journal, through: number): number {
  return inChunks(journal, through, REMOVE)
}

// Not `seq IN (…)`: SQLite would go through the whole list again for every chunk.
const ARCHIVED = `
  UPDATE events AS e SET envelope = NULL, removed_at_ms = @now, archived_at_ms = @now,
    removed_sha = content_sha(envelope)
  WHERE e.seq > @after AND e.seq <= @through
    AND EXISTS (SELECT 1 FROM temp.archived a WHERE a.seq = e.seq) AND ${COLLECTABLE}`

/** The events that an archive holds, one by one; one list per connection. */
export class ArchivedList {
  readonly #journal: Journal
  #through = 0

  constructor(journal: Journal) {
    this.#journal = journal
    journal.db.exec('CREATE TEMP TABLE archived (seq INTEGER PRIMARY KEY)')
  }

  add(events: readonly CollectableEvent[]): void {
    const seqs = events.map(({ seq }) => seq)
    this.#through = seqs.at(-1) ?? this.#through
    const insert = 'INSERT INTO temp.archived SELECT value FROM json_each(?)'
    statement(this.#journal.db, insert).run(JSON.stringify(seqs))
  }

  /**
   * Removes the payloads of exactly the listed events. While the archive was written, a drain may have
   * delivered an event that lies between them: it is collectable now, but in no file.
   * @returns how many payloads were removed
   */
  removeArchived(): number {
    return inChunks(this.#journal, this.#through, ARCHIVED)
  }
}

/**
 * Rows without a payload are written anew in these steps, in the same transaction: where one is
 * deleted, SQLite merges its page with those on both sides. A row for every 2,000 bytes of payload
 * leaves as little behind as every row (1.11 of a compact copy; 1.19 at 4,000 and 1.48 at 8,000).
 */
const MOVE = [
  `INSERT INTO moving (${SHELL_COLUMNS})
   SELECT ${SHELL_COLUMNS} FROM events WHERE seq > @after AND seq <= @through AND envelope IS NULL
     AND bytes_through / 2000 <> (bytes_through - size_bytes) / 2000`,
  `DELETE FROM events WHERE seq IN (SELECT seq FROM moving)
     AND seq <> (SELECT max(seq) FROM events)`,
  `INSERT OR IGNORE INTO events (${SHELL_COLUMNS}) SELECT ${SHELL_COLUMNS} FROM moving`,
  'DELETE FROM moving',
] as const

/** Pages given back to the file system at a time. */
const VACUUM_PAGES = 1_000

/**
 * From the end to the beginning: the pages that become free are then near the end of the file, and
 * giving them back moves few others.
 */
function inChunks(journal: Journal, end: number, sql: string): number {
  const { db, path } = journal
  db.function('content_sha', (text: unknown) => contentHash(String(text)))
  let removed = 0
  for (let through = end; through > 0;) {
    const after = chunkStart(db, through)
    const now = journal.now()
    const remove = db.transaction((): number => {
      const { changes } = statement(db, sql).run({ after, through, now })
      if (changes > 0) moveShells(journal, { after, through })
      return changes
    })
    const changes = withReserve(db, path, () => remove.immediate())
    if (freePages(db) > pages(db) / 4) giveBack(journal)
    removed += changes
    through = after
  }
  giveBack(journal)
  if (removed > 0) noteRemoved(journal)
  return removed
}

const WITH_TEXT = `
  SELECT seq, iif(envelope IS NULL, 0, size_bytes) AS bytes FROM events
  WHERE seq > @after AND seq <= @through`

const BYTES_OF = `SELECT coalesce(sum(bytes), 0) FROM (${WITH_TEXT})`

const START = `
  SELECT min(seq) - 1 FROM (
    SELECT seq, sum(bytes) OVER (ORDER BY seq DESC) - bytes AS before FROM (${WITH_TEXT}))
  WHERE before < ${CHUNK_BYTES}`

/** The position behind which a chunk that ends at `through` begins. */
function chunkStart(db: Journal['db'], through: number): number {
  const after = Math.max(0, through - CHUNK)
  const bounds = { after, through }
  if (Number(statement(db, BYTES_OF).pluck().get(bounds)) <= CHUNK_BYTES) return after
  return Number(statement(db, START).pluck().get(bounds))
}

function moveShells({ db }: Journal, range: { after: number; through: number }): void {
  const [take, ...rest] = MOVE
  statement(db, take).run(range)
  for (const sql of rest) statement(db, sql).run()
}

/** Lets the file shrink, a little at a time; a journal of version 1 keeps its size and uses it again. */
function giveBack({ db, path }: Journal): void {
  for (let free = freePages(db); free > 0;) {
    withReserve(db, path, () => db.pragma(`incremental_vacuum(${VACUUM_PAGES})`))
    const left = freePages(db)
    if (left >= free) return
    free = left
  }
}

function pages(db: Journal['db']): number {
  return Number(db.pragma('page_count', { simple: true }))
}

function freePages(db: Journal['db']): number {
  return Number(db.pragma('freelist_count', { simple: true }))
}

const NOTE_REMOVED = `
  UPDATE journal_state SET removed_through = coalesce(
    (SELECT seq FROM events WHERE seq > removed_through AND envelope IS NOT NULL
     ORDER BY seq LIMIT 1) - 1,
    (SELECT max(seq) FROM events))`

/** Status asks often where the first payload is; here it is looked for once. */
function noteRemoved({ db, path }: Journal): void {
  withReserve(db, path, () => statement(db, NOTE_REMOVED).run())
}

/** The position of the newest event. */
export function newestSeq({ db }: Journal): number {
  return Number(statement(db, 'SELECT coalesce(max(seq), 0) FROM events').pluck().get())
}
