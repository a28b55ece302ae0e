import type { SqlDatabase } from '../journal/database.ts'
import type { Journal } from '../journal/journal.ts'
import { withReserve } from '../journal/reserve.ts'
import { statement } from '../journal/statements.ts'
import type { Claim } from './claim.ts'
import { LEASE_MS } from './claim.ts'
import type { Outgoing } from './select.ts'
import { isOpen, retryDelayMs, transition, type LedgerStatus, type Verdict } from './transition.ts'

/** A receiver's word on one event, with what an operator needs to understand it. */
export interface Judgement {
  readonly verdict: Verdict
  readonly category?: string | undefined
  readonly detail?: string | undefined
}

export interface Judged {
  readonly outgoing: Outgoing
  readonly judgement: Judgement
}

/** The same after the transition: the state the ledger now holds. */
export interface Recorded extends Judged {
  readonly status: LedgerStatus
}

/** One row for the ledger, as the record statement takes it. */
type LedgerRow = [
  seq: number,
  status: LedgerStatus,
  attempts: number,
  nextAttemptAtMs: number | null,
  category: string | null,
  detail: string | null,
]

const RECORD = `
  INSERT INTO ledger (generation_id, seq, status, attempts, first_attempted_at_ms,
    last_attempted_at_ms, next_attempt_at_ms, http_status, category, detail)
  SELECT @generationId, value ->> 0, value ->> 1, value ->> 2, @nowMs, @nowMs, value ->> 3,
    @httpStatus, value ->> 4, value ->> 5
  FROM json_each(@rows) WHERE true
  ON CONFLICT (generation_id, seq) DO UPDATE SET
    status = excluded.status, attempts = excluded.attempts,
    last_attempted_at_ms = excluded.last_attempted_at_ms,
    next_attempt_at_ms = excluded.next_attempt_at_ms,
    http_status = excluded.http_status, category = excluded.category, detail = excluded.detail`

// A whole batch of first-time successes, the usual case, needs no row to cross into SQLite.
const RECORD_SUCCESSES = `
  INSERT INTO ledger (generation_id, seq, status, attempts, first_attempted_at_ms,
    last_attempted_at_ms, http_status)
  SELECT @generationId, seq, 'success', 1, @nowMs, @nowMs, @httpStatus
  FROM events WHERE seq >= @first AND seq <= @last AND envelope IS NOT NULL`

export interface RecordRequest {
  readonly claim: Claim
  readonly judged: readonly Judged[]
  readonly httpStatus?: number | undefined
  /** Set for fresh events: the position up to which everything is now judged. */
  readonly recordedThrough?: number | undefined
}

/**
 * Writes what a target said: ledger rows, counters and cursor in one transaction (SYNC/T041). If the
 * lease was lost meanwhile nothing is written; the events are posted again and come back as duplicates.
 * @returns what the ledger now holds, or undefined if the lease was lost
 */
export function recordJudgements(
  journal: Journal,
  request: RecordRequest,
): readonly Recorded[] | undefined {
  const db = journal.results()
  const nowMs = journal.now()
  const ledgerRows = request.judged.map((judged) => ledgerRow(judged, nowMs))
  const write = db.transaction((): boolean => {
    if (!advance(journal, request, ledgerRows, nowMs)) return false
    insert(db, request, ledgerRows, nowMs)
    return true
  })
  if (!withReserve(db, journal.path, () => write.immediate())) return undefined
  return request.judged.map((judged, index) => ({
    ...judged,
    status: ledgerRows[index]?.[1] ?? 'transient',
  }))
}

function insert(
  db: SqlDatabase,
  { claim, judged, httpStatus }: RecordRequest,
  ledgerRows: readonly LedgerRow[],
  nowMs: number,
): void {
  const parameters = { generationId: claim.generationId, nowMs, httpStatus: httpStatus ?? null }
  const [first, last] = [ledgerRows.at(0), ledgerRows.at(-1)]
  if (first === undefined || last === undefined) return
  const { changes } = judged.every(isPlainSuccess)
    ? statement(db, RECORD_SUCCESSES).run({ ...parameters, first: first[0], last: last[0] })
    : statement(db, RECORD).run({ ...parameters, rows: JSON.stringify(ledgerRows) })
  if (changes !== judged.length) throw new Error(`${changes} rows for ${judged.length} judgements`)
}

/** Never judged before, and taken at once without a word. */
function isPlainSuccess({ outgoing, judgement }: Judged): boolean {
  const { verdict, category, detail } = judgement
  const silent = category === undefined && detail === undefined
  return outgoing.status === undefined && verdict === 'success' && silent
}

function ledgerRow({ outgoing, judgement }: Judged, nowMs: number): LedgerRow {
  const attempts = outgoing.attempts + 1
  const status = transition(outgoing.status, judgement.verdict, attempts)
  const nextMs = isOpen(status) ? nowMs + retryDelayMs(attempts) : null
  return [
    outgoing.seq,
    status,
    attempts,
    nextMs,
    judgement.category ?? null,
    judgement.detail ?? null,
  ]
}

// The lease is renewed by the same statement that moves the cursor and the counters.
const ADVANCE = `
  UPDATE generations SET
    recorded_through = max(recorded_through, @recordedThrough), lease_until_ms = @leaseUntilMs,
    success = success + @success, duplicate = duplicate + @duplicate, pending = pending + @pending,
    rejected = rejected + @rejected, transient = transient + @transient,
    terminal_failed = terminal_failed + @terminalFailed
  WHERE generation_id = @generationId AND lease_holder = @holder`

function advance(
  journal: Journal,
  { claim, judged, recordedThrough }: RecordRequest,
  ledgerRows: readonly LedgerRow[],
  nowMs: number,
): boolean {
  const { 'terminal-failed': terminalFailed, ...delta } = countChanges(judged, ledgerRows)
  const { changes } = statement(journal.results(), ADVANCE).run({
    ...delta,
    terminalFailed,
    generationId: claim.generationId,
    holder: claim.holder,
    recordedThrough: recordedThrough ?? 0,
    leaseUntilMs: nowMs + LEASE_MS,
  })
  return changes === 1
}

function countChanges(
  judged: readonly Judged[],
  ledgerRows: readonly LedgerRow[],
): Record<LedgerStatus, number> {
  const delta = {
    success: 0,
    duplicate: 0,
    pending: 0,
    rejected: 0,
    transient: 0,
    'terminal-failed': 0,
  }
  for (const { outgoing } of judged) if (outgoing.status !== undefined) delta[outgoing.status] -= 1
  for (const [, status] of ledgerRows) delta[status] += 1
  return delta
}
