import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'

export interface JournalCounts {
  /** Events whose payload is held. */
  readonly retained: number
  readonly archived: number
  /** Payload bytes of retained events. */
  readonly sizeBytes: number
  readonly oldestRetainedAt: string | null
}

interface Totals {
  readonly newest: number
  readonly bytes: number
  readonly holes: number
  readonly removed: number
  readonly removed_bytes: number
  readonly archived: number
}

// Totals follow from positions and counters; nothing is counted at read time (see journal/schema.ts).
const TOTALS = `
  SELECT s.holes, s.removed, s.removed_bytes, s.archived,
         coalesce(e.seq, 0) AS newest, coalesce(e.bytes_through, 0) AS bytes
  FROM journal_state s LEFT JOIN (SELECT seq, bytes_through FROM events ORDER BY seq DESC LIMIT 1) e`

// Removed rows form runs from the front: the first row that is not in their partial index is the one.
const OLDEST = `SELECT occurred_at FROM events WHERE envelope IS NOT NULL ORDER BY seq LIMIT 1`

/** What the journal holds, in constant time. */
export function journalCounts({ db }: Journal): JournalCounts {
  const totals = statement<Totals>(db, TOTALS).get()
  if (totals === undefined)
    return { retained: 0, archived: 0, sizeBytes: 0, oldestRetainedAt: null }
  const oldest = statement(db, OLDEST).pluck().get()
  return {
    retained: totals.newest - totals.holes - totals.removed,
    archived: totals.archived,
    sizeBytes: totals.bytes - totals.removed_bytes,
    oldestRetainedAt: typeof oldest === 'string' ? oldest : null,
  }
}

const OLDEST_OPEN = `
  SELECT e.occurred_at FROM ledger l JOIN events e ON e.seq = l.seq
  WHERE l.generation_id = ? AND l.next_attempt_at_ms IS NOT NULL ORDER BY l.seq LIMIT 1`

const OLDEST_FRESH = `
  SELECT occurred_at FROM events
  WHERE seq > (SELECT recorded_through FROM generations WHERE generation_id = ?)
    AND envelope IS NOT NULL ORDER BY seq LIMIT 1`

/** When the oldest event happened that a target still has to get; null if it has them all. */
export function oldestUndelivered({ db }: Journal, generationId: number): string | null {
  const oldest =
    statement(db, OLDEST_OPEN).pluck().get(generationId) ??
    statement(db, OLDEST_FRESH).pluck().get(generationId)
  return typeof oldest === 'string' ? oldest : null
}
