import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import type { LedgerStatus } from './transition.ts'

/** One event on its way to one target. */
export interface Outgoing {
  readonly seq: number
  readonly eventId: string
  readonly sizeBytes: number
  readonly envelope: string
  /** Undefined for an event this target never judged. */
  readonly status: LedgerStatus | undefined
  readonly attempts: number
}

type OutgoingRow = [
  seq: number,
  eventId: string,
  sizeBytes: number,
  envelope: string,
  status: LedgerStatus | null,
  attempts: number,
]

// A cursor, not an anti-join on the ledger: 0.5 ms at a million events instead of 700 to 900.
const FRESH = `
  SELECT seq, event_id, size_bytes, envelope, NULL, 0 FROM events
  WHERE seq > (SELECT recorded_through FROM generations WHERE generation_id = ?)
    AND seq <= ? AND envelope IS NOT NULL
  ORDER BY seq LIMIT ?`

/** The next events that this target never judged, oldest first, up to a claimed position. */
export function selectFresh(
  { db }: Journal,
  generationId: number,
  { through, limit }: { readonly through: number; readonly limit: number },
): Outgoing[] {
  return rows(statement<OutgoingRow>(db, FRESH).raw().all(generationId, through, limit))
}

// The partial index holds only open rows, so delivered history of any length costs nothing.
const OPEN = `
  SELECT e.seq, e.event_id, e.size_bytes, e.envelope, l.status, l.attempts
  FROM ledger l JOIN events e ON e.seq = l.seq
  WHERE l.generation_id = ? AND l.seq > ? AND l.next_attempt_at_ms IS NOT NULL
    AND l.next_attempt_at_ms <= ?
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
  return rows(statement<OutgoingRow>(db, OPEN).raw().all(generationId, after, dueBy, limit))
}

function rows(found: readonly OutgoingRow[]): Outgoing[] {
  return found.map(([seq, eventId, sizeBytes, envelope, status, attempts]) => ({
    seq,
    eventId,
    sizeBytes,
    envelope,
    status: status ?? undefined,
    attempts,
  }))
}
