import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import type { LedgerStatus } from './transition.ts'

/** One event on its way to one target. Its text is read when the body is built, never before. */
export interface Outgoing {
  readonly seq: number
  readonly eventId: string
  readonly sizeBytes: number
  /** Absent for an event this target never judged. */
  readonly status?: LedgerStatus
  readonly attempts: number
}

// A cursor, not an anti-join on the ledger: 0.5 ms at a million events instead of 700 to 900.
const FRESH = `
  SELECT seq, event_id AS eventId, size_bytes AS sizeBytes, 0 AS attempts FROM events
  WHERE seq > ? AND seq <= ? AND envelope IS NOT NULL ORDER BY seq LIMIT ?`

export interface Range {
  readonly after: number
  readonly through: number
  readonly limit: number
}

/** The next captured events in a range of positions, oldest first; never judged by a target whose
 * cursor stands at its beginning. */
export function selectFresh({ db }: Journal, { after, through, limit }: Range): Outgoing[] {
  return statement<Outgoing>(db, FRESH).all(after, through, limit)
}

// The partial index holds only open rows, so delivered history of any length costs nothing.
const OPEN = `
  SELECT e.seq, e.event_id AS eventId, e.size_bytes AS sizeBytes, l.status, l.attempts
  FROM ledger l JOIN events e ON e.seq = l.seq
  WHERE l.generation_id = ? AND l.seq > ? AND l.next_attempt_at_ms IS NOT NULL
    AND l.next_attempt_at_ms <= ? AND e.envelope IS NOT NULL
  ORDER BY l.seq LIMIT ?`

export interface RetryWindow {
  /** Retries go once through the journal per drain, so one that fails again is not met twice. */
  readonly after: number
  readonly dueBy: number
  readonly limit: number
}

/** Judged but undelivered events that may be sent again, oldest first. */
export function selectOpen({ db }: Journal, generationId: number, window: RetryWindow): Outgoing[] {
  const { after, dueBy, limit } = window
  return statement<Outgoing>(db, OPEN).all(generationId, after, dueBy, limit)
}
