import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import type { LedgerStatus } from './transition.ts'

/** What one target said about one event, and when (SYNC/FR-002, SYNC/SC-004). */
export interface LedgerEntry {
  readonly eventId: string
  readonly targetId: string
  readonly canonicalUrl: string
  readonly teamSlug: string
  readonly userEmail: string
  /** Counts up when the target was set back and everything is sent anew. */
  readonly generation: number
  readonly status: LedgerStatus
  readonly attempts: number
  readonly firstAttemptedAtMs: number
  readonly lastAttemptedAtMs: number
  readonly nextAttemptAtMs: number | undefined
  readonly httpStatus: number | undefined
  readonly category: string | undefined
  readonly detail: string | undefined
}

type LedgerRow = { readonly [Key in keyof LedgerEntry]: LedgerEntry[Key] | null }

/** The two partial indexes, and the key, which leads from an event to its rows. */
type Path = '' | 'INDEXED BY ledger_open' | 'INDEXED BY ledger_terminal'

// The order of the joins and the index are given: a planner without statistics, and a journal never
// has any, would walk through the whole ledger to find one event or the few that are open.
const entries = (path: Path): string => `
  SELECT e.event_id AS eventId, t.target_id AS targetId, t.canonical_url AS canonicalUrl,
    t.team_slug AS teamSlug, t.user_email AS userEmail, g.number AS generation, l.status, l.attempts,
    l.first_attempted_at_ms AS firstAttemptedAtMs, l.last_attempted_at_ms AS lastAttemptedAtMs,
    l.next_attempt_at_ms AS nextAttemptAtMs, l.http_status AS httpStatus, l.category, l.detail
  FROM targets t CROSS JOIN generations g ON g.target_id = t.target_id
  CROSS JOIN ledger l ${path} ON l.generation_id = g.generation_id
  CROSS JOIN events e ON e.seq = l.seq`

/** The ledger of one event at every target it ever reached or tried. */
export function ledgerOf({ db }: Journal, eventId: string): LedgerEntry[] {
  const sql = `${entries('')} WHERE l.seq = (SELECT seq FROM events WHERE event_id = ?)
    ORDER BY t.first_seen_at_ms, g.number`
  return statement<LedgerRow>(db, sql).all(eventId).map(toEntry)
}

/** Failures that a person has not decided about yet. */
export const UNDECIDED = `NOT EXISTS (
  SELECT 1 FROM dismissed d WHERE d.generation_id = l.generation_id AND d.seq = l.seq)`

/**
 * Events that a target will never be sent again unless somebody asks (SYNC/FR-015), oldest first.
 * @param eventId only those of this event, also what was decided
 */
export function terminalFailures({ db }: Journal, limit = 100, eventId?: string): LedgerEntry[] {
  const chosen = eventId === undefined ? UNDECIDED : 'e.event_id = @eventId'
  const sql = `${entries('INDEXED BY ledger_terminal')} WHERE l.status = 'terminal-failed' AND g.is_current = 1
    AND ${chosen} ORDER BY l.seq LIMIT @limit`
  return statement<LedgerRow>(db, sql)
    .all({ limit, ...(eventId !== undefined && { eventId }) })
    .map(toEntry)
}

/** Open events of one target, oldest first: who waits, why, and until when. */
export function openEntries({ db }: Journal, generationId: number, limit = 100): LedgerEntry[] {
  const sql = `${entries('INDEXED BY ledger_open')} WHERE l.generation_id = ? AND l.next_attempt_at_ms IS NOT NULL
    ORDER BY l.seq LIMIT ?`
  return statement<LedgerRow>(db, sql).all(generationId, limit).map(toEntry)
}

function toEntry(row: LedgerRow): LedgerEntry {
  const known = Object.entries(row).map(([key, value]) => [key, value ?? undefined])
  return Object.fromEntries(known) as LedgerEntry
}

/** Whether any target ever took the event, in any generation (SYNC/T031). */
export function deliveredAnywhere({ db }: Journal, eventId: string): boolean {
  const sql = `
    SELECT EXISTS (SELECT 1 FROM generations g CROSS JOIN ledger l
      ON l.generation_id = g.generation_id AND l.seq = (SELECT seq FROM events WHERE event_id = ?)
      WHERE l.status IN ('success', 'duplicate'))`
  return statement(db, sql).pluck().get(eventId) === 1
}
