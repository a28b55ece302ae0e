import { contentHash } from '../base/digest.ts'
import type { Journal } from '../journal/journal.ts'
import { withReserve } from '../journal/reserve.ts'
import { statement } from '../journal/statements.ts'
import { upToBytes } from '../journal/up-to-bytes.ts'
import { listTargets } from '../delivery/targets.ts'
import { giveBack, isMuchFree, moveShells, type Range } from './free-space.ts'

/** Rows per transaction, and bytes unless one event has more; captures go on in between. */
const CHUNK = 1_000
const CHUNK_BYTES = 8 * 1024 * 1024
/** Payloads in memory at a time. */
const PAGE = 100

const CURRENT = `
  SELECT g.generation_id FROM generations g JOIN targets t USING (target_id)
  WHERE g.is_current = 1 AND t.forgotten_at_ms IS NULL`

/**
 * A condition on `events e`: a retained event that every known target has. No target known means: nothing
 * is collectable. The targets are looked up once, not for every event; the trigger looks again, so a target
 * that comes to be known in between is never passed over.
 */
function isCollectable(db: Journal['db']): string {
  const current = statement<number>(db, CURRENT).pluck().all()
  if (current.length === 0) return 'FALSE'
  return `e.envelope IS NOT NULL AND (
    SELECT count(*) FROM ledger l WHERE l.generation_id IN (${current.join()}) AND l.seq = e.seq
      AND l.status IN ('success', 'duplicate')) = ${current.length}`
}

/** No payload is held up to this position: what has left is not walked over again. */
const REMOVED_THROUGH = '(SELECT removed_through FROM journal_state)'

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
    `SELECT count(*) AS events, coalesce(sum(size_bytes), 0) AS bytes FROM events e
     WHERE e.seq > ${REMOVED_THROUGH} AND ${isCollectable(journal.db)}`,
  ).get()
  return { events: row?.events ?? 0, bytes: row?.bytes ?? 0, targets: listTargets(journal).length }
}

/** Whether gc or archive would remove anything; ends at the first event that it finds. */
export function isAnyCollectable({ db }: Journal): boolean {
  const any = `SELECT 1 FROM events e WHERE e.seq > ${REMOVED_THROUGH} AND ${isCollectable(db)} LIMIT 1`
  return statement(db, any).get() !== undefined
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
     WHERE e.seq > max(?, ${REMOVED_THROUGH}) AND ${isCollectable(db)} ORDER BY e.seq LIMIT ${PAGE}`,
  ).iterate(after)
  return upToBytes(rows, ({ envelope }) => envelope)
}

// The digest of what left says later whether something that comes with the same id is the same.
const REMOVE = `
  UPDATE events AS e SET envelope = NULL, removed_at_ms = @now, removed_sha = content_sha(envelope)
  WHERE e.seq > @after AND e.seq <= @through`

/** What was removed. */
export interface Removed {
  readonly events: number
  readonly bytes: number
}

/**
 * Removes the payloads of collectable events up to a position; rows, ledger and counts stay. The
 * database checks each of them again (trigger), so nothing undelivered can go with them.
 */
export function removePayloads(
  journal: Journal,
  through: number,
  onProgress?: (events: number) => void,
): Removed {
  return inChunks(journal, through, REMOVE, onProgress)
}

// Not `seq IN (…)`: SQLite would go through the whole list again for every chunk.
const ARCHIVED = `
  UPDATE events AS e SET envelope = NULL, removed_at_ms = @now, archived_at_ms = @now,
    removed_sha = content_sha(envelope)
  WHERE e.seq > @after AND e.seq <= @through
    AND EXISTS (SELECT 1 FROM temp.archived a WHERE a.seq = e.seq)`

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
   */
  removeArchived(onProgress?: (events: number) => void): Removed {
    return inChunks(this.#journal, this.#through, ARCHIVED, onProgress)
  }
}

/**
 * From the end to the beginning: the pages that become free are then near the end of the file, and
 * giving them back moves few others.
 */
function inChunks(
  journal: Journal,
  end: number,
  sql: string,
  onProgress: (events: number) => void = () => undefined,
): Removed {
  const { db, path } = journal
  db.function('content_sha', (text: unknown) => contentHash(String(text)))
  const first = Number(statement(db, `SELECT ${REMOVED_THROUGH}`).pluck().get())
  const removed = { events: 0, bytes: 0 }
  for (let through = end; through > first;) {
    const range = { after: Math.max(first, chunkStart(db, through)), through }
    const now = journal.now()
    const remove = db.transaction(() => removeIn(db, range, `${sql} AND ${isCollectable(db)}`, now))
    const { events, bytes } = withReserve(db, path, () => remove.immediate())
    removed.events += events
    removed.bytes += bytes
    onProgress(events)
    if (isMuchFree(db)) giveBack(journal)
    through = range.after
  }
  if (removed.events > 0) noteRemoved(journal)
  return removed
}

function removeIn(db: Journal['db'], range: Range, sql: string, now: number): Removed {
  const before = removedBytes(db)
  const { changes } = statement(db, sql).run({ ...range, now })
  if (changes > 0) moveShells(db, range)
  return { events: changes, bytes: removedBytes(db) - before }
}

function removedBytes(db: Journal['db']): number {
  return Number(statement(db, 'SELECT removed_bytes FROM journal_state').pluck().get())
}

const TOTAL_AT = 'SELECT bytes_through FROM events WHERE seq <= ? ORDER BY seq DESC LIMIT 1'

const START = `
  SELECT min(seq) - 1 FROM (
    SELECT seq, sum(bytes) OVER (ORDER BY seq DESC) - bytes AS before FROM (
      SELECT seq, iif(envelope IS NULL, 0, size_bytes) AS bytes FROM events
      WHERE seq > @after AND seq <= @through))
  WHERE before < ${CHUNK_BYTES}`

/** The position behind which a chunk that ends at `through` begins. */
function chunkStart(db: Journal['db'], through: number): number {
  const after = Math.max(0, through - CHUNK)
  // The running total says it at once, unless payloads of the range have left already.
  if (totalAt(db, through) - totalAt(db, after) <= CHUNK_BYTES) return after
  return Number(statement(db, START).pluck().get({ after, through }))
}

function totalAt(db: Journal['db'], seq: number): number {
  return Number(statement(db, TOTAL_AT).pluck().get(seq) ?? 0)
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
