import type { SqlDatabase } from '../journal/database.ts'
import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import type { LedgerStatus } from './transition.ts'

/** One event on its way to one target. No event becomes a string on its way out. */
export interface Outgoing {
  readonly seq: number
  readonly eventId: string
  /** The stored texts of a page, in one piece; this event's begins at `from`. */
  readonly texts: Buffer
  readonly from: number
  readonly sizeBytes: number
  /** Absent for an event this target never judged. */
  readonly status?: LedgerStatus
  readonly attempts: number
}

/** Texts read at once, unless a single one is longer: large events must not fill the memory. */
const PAGE_BYTES = 1_048_576

// A page is one row, whatever its length: stepping over five hundred costs twice as much. The limit is
// an expression because SQLite plans a statement anew for every value of a bare parameter there.
const AS_PAGE = `json_group_array(seq) AS seqs, json_group_array(event_id) AS eventIds,
    json_group_array(octet_length(envelope)) AS sizes, CAST(group_concat(envelope, '') AS BLOB) AS texts`

/**
 * A cursor, not an anti-join on the ledger: 0.5 ms at a million events instead of 700 to 900. The
 * running byte total that every row carries ends the page, so what lies behind it is not read.
 */
const FRESH = `
  SELECT ${AS_PAGE} FROM (
    SELECT seq, event_id, envelope FROM events
    WHERE seq > @after AND seq <= @through AND envelope IS NOT NULL AND bytes_through <= (
      SELECT bytes_through - size_bytes + max(size_bytes, @bytes) FROM events
      WHERE seq > @after AND envelope IS NOT NULL ORDER BY seq LIMIT 1)
    ORDER BY seq LIMIT @limit + 0)`

export interface Range {
  readonly after: number
  readonly through: number
  readonly limit: number
}

/**
 * The next captured events in a range of positions, oldest first; never judged by a target whose
 * cursor stands at its beginning. Read by the connection that records: what another one commits would
 * empty this one's page cache after every batch.
 */
export function selectFresh(journal: Journal, range: Range): Outgoing[] {
  return readPage(journal.results(), FRESH, { ...range })
}

/**
 * The partial index holds only open rows, so delivered history of any length costs nothing. It is named
 * because a planner without statistics would walk along the key, through all that is delivered.
 */
const OPEN = `
  SELECT ${AS_PAGE}, json_group_array(status) AS statuses, json_group_array(attempts) AS attempts
  FROM (
    SELECT e.seq, e.event_id, e.envelope, l.status, l.attempts,
      sum(e.size_bytes) OVER (ORDER BY l.seq) - e.size_bytes AS bytes_before
    FROM ledger l INDEXED BY ledger_open JOIN events e ON e.seq = l.seq
    WHERE l.generation_id = @generationId AND l.seq > @after AND l.next_attempt_at_ms IS NOT NULL
      AND l.next_attempt_at_ms <= @dueBy AND e.envelope IS NOT NULL
    ORDER BY l.seq LIMIT @limit + 0)
  WHERE bytes_before < @bytes`

export interface RetryWindow {
  /** Retries go once through the journal per drain, so one that fails again is not met twice. */
  readonly after: number
  readonly dueBy: number
  readonly limit: number
}

/** Judged but undelivered events that may be sent again, oldest first. */
export function selectOpen(
  journal: Journal,
  generationId: number,
  window: RetryWindow,
): Outgoing[] {
  return readPage(journal.db, OPEN, { ...window, generationId })
}

/** Each but the texts is a JSON list with an entry per event. */
interface PageRow {
  readonly seqs: string
  readonly eventIds: string
  readonly sizes: string
  readonly texts: Buffer | null
  readonly statuses?: string
  readonly attempts?: string
}

function readPage(db: SqlDatabase, sql: string, parameters: Record<string, number>): Outgoing[] {
  const row = statement<PageRow>(db, sql).get({ ...parameters, bytes: PAGE_BYTES })
  return row?.texts ? cutIntoEvents(row, row.texts) : []
}

function cutIntoEvents(row: PageRow, texts: Buffer): Outgoing[] {
  const seqs = JSON.parse(row.seqs) as number[]
  const eventIds = JSON.parse(row.eventIds) as string[]
  const statuses = JSON.parse(row.statuses ?? '[]') as LedgerStatus[]
  const attempts = JSON.parse(row.attempts ?? '[]') as number[]
  let end = 0
  return (JSON.parse(row.sizes) as number[]).map((sizeBytes, index) => {
    const from = end
    end += sizeBytes
    const status = statuses[index]
    return {
      seq: seqs[index] ?? 0,
      eventId: eventIds[index] ?? '',
      texts,
      from,
      sizeBytes,
      attempts: attempts[index] ?? 0,
      ...(status !== undefined && { status }),
    }
  })
}
