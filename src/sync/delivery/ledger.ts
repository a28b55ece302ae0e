import { SyncError } from '../errors.ts'
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

/** Events that a target will never be sent again unless somebody asks (SYNC/FR-015). */
export function terminalFailures({ db }: Journal, limit = 100): LedgerEntry[] {
  const sql = `${entries('INDEXED BY ledger_terminal')} WHERE l.status = 'terminal-failed' AND g.is_current = 1
    ORDER BY l.seq LIMIT ?`
  return statement<LedgerRow>(db, sql).all(limit).map(toEntry)
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

/**
 * Opens terminal-failed events again, on somebody's explicit request, so that the next drain sends
 * them (SYNC/FR-015).
 * @param eventId one event, or undefined for all
 * @returns how many ledger rows were opened
 * @throws {SyncError} `event-unknown`
 */
export function retryTerminal(journal: Journal, eventId?: string): number {
  const { db } = journal
  const failed = eventId === undefined ? allTerminal(journal) : terminalOf(journal, eventId)
  const reopen = db.transaction(() => {
    for (const { generationId, seq } of failed) reopenOne(journal, generationId, seq)
  })
  reopen.immediate()
  return failed.length
}

interface LedgerKey {
  readonly generationId: number
  readonly seq: number
}

const KEYS = `
  SELECT l.generation_id AS generationId, l.seq FROM generations g
  JOIN ledger l ON l.generation_id = g.generation_id
  WHERE g.is_current = 1 AND l.status = 'terminal-failed'`

function allTerminal({ db }: Journal): LedgerKey[] {
  return statement<LedgerKey>(db, KEYS).all()
}

function terminalOf(journal: Journal, eventId: string): LedgerKey[] {
  const { db } = journal
  const seq = statement(db, 'SELECT seq FROM events WHERE event_id = ?').pluck().get(eventId)
  if (seq === undefined) throw unknownEvent(journal, eventId)
  return statement<LedgerKey>(db, `${KEYS} AND l.seq = ?`).all(seq)
}

function reopenOne({ db, now }: Journal, generationId: number, seq: number): void {
  statement(
    db,
    `UPDATE ledger SET status = 'transient', next_attempt_at_ms = ?
     WHERE generation_id = ? AND seq = ?`,
  ).run(now(), generationId, seq)
  statement(
    db,
    `UPDATE generations SET terminal_failed = terminal_failed - 1, transient = transient + 1
     WHERE generation_id = ?`,
  ).run(generationId)
}

function unknownEvent(journal: Journal, eventId: string): SyncError {
  return new SyncError({
    code: 'event-unknown',
    what: `the journal has no event ${eventId}`,
    where: journal.path,
    next: 'run: spec-kitty sync journal list',
  })
}
