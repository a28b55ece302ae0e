import type { SqlDatabase } from '../base/sqlite.ts'
import type { Journal } from '../journal/journal.ts'
import { withReserve } from '../journal/reserve.ts'
import { statement } from '../journal/statements.ts'
import type { EventResult } from '../receivers/event-result.ts'
import { LEASE_MS, type Claim } from './claim.ts'
import { holdBack, letGo, type HeldBack } from './held.ts'
import type { Outgoing } from './select.ts'
import { isOpen, retryDelayMs, transition, type LedgerStatus } from './transition.ts'

/** An event with the word on it and the state the ledger now holds. */
export interface Recorded {
  readonly outgoing: Outgoing
  readonly result: EventResult
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
  SELECT @generationId, value, 'success', 1, @nowMs, @nowMs, @httpStatus FROM json_each(@seqs)`

export interface RecordRequest {
  readonly claim: Claim
  readonly events: readonly Outgoing[]
  readonly resultOf: (outgoing: Outgoing) => EventResult
  readonly httpStatus?: number | undefined
  /** Set for fresh events: the position up to which everything is answered or held back. */
  readonly recordedThrough?: number | undefined
  /** Held back from now on, because a predecessor may still be delivered. */
  readonly hold?: readonly HeldBack[] | undefined
  /** Whether the events were held back until now. */
  readonly wereHeld?: boolean | undefined
}

/**
 * Writes what a target said: ledger rows, counters and cursor in one transaction (SYNC/T041). If the
 * lease was lost meanwhile nothing is written; the events are posted again and come back as duplicates.
 * @returns what the ledger now holds, or undefined if the lease was lost
 */
export function recordResults(
  journal: Journal,
  request: RecordRequest,
): readonly Recorded[] | undefined {
  const db = journal.results()
  const nowMs = journal.now()
  const recorded = request.events.map((outgoing) => decide(outgoing, request.resultOf(outgoing)))
  const write = db.transaction((): boolean => {
    if (!advance(db, request, recorded, nowMs)) return false
    insert(db, request, recorded, nowMs)
    changeHeld(db, request)
    return true
  })
  return withReserve(db, journal.path, () => write.immediate()) ? recorded : undefined
}

function changeHeld(db: SqlDatabase, { claim, events, hold = [], wereHeld }: RecordRequest): void {
  const { generationId } = claim
  const added = holdBack(db, generationId, hold)
  const released = wereHeld === true ? letGo(db, generationId, events) : 0
  if (added === released) return
  statement(db, 'UPDATE generations SET held = held + ? WHERE generation_id = ?').run(
    added - released,
    generationId,
  )
}

function decide(outgoing: Outgoing, result: EventResult): Recorded {
  const status = transition(outgoing.status, result.verdict, outgoing.attempts + 1)
  return { outgoing, result, status }
}

function insert(
  db: SqlDatabase,
  { claim, httpStatus }: RecordRequest,
  recorded: readonly Recorded[],
  nowMs: number,
): void {
  const [first, last] = [recorded.at(0), recorded.at(-1)]
  if (first === undefined || last === undefined) return
  const parameters = { generationId: claim.generationId, nowMs, httpStatus: httpStatus ?? null }
  const { changes } = recorded.every(isPlainSuccess)
    ? statement(db, RECORD_SUCCESSES).run({
        ...parameters,
        seqs: JSON.stringify(recorded.map(({ outgoing }) => outgoing.seq)),
      })
    : statement(db, RECORD).run({ ...parameters, rows: ledgerRows(recorded, nowMs) })
  if (changes !== recorded.length)
    throw new Error(`${changes} ledger rows for ${recorded.length} results`)
}

/** Never sent before, and taken at once without a word. */
function isPlainSuccess({ outgoing, result }: Recorded): boolean {
  const { verdict, category, detail } = result
  const silent = category === undefined && detail === undefined
  return outgoing.status === undefined && verdict === 'success' && silent
}

function ledgerRows(recorded: readonly Recorded[], nowMs: number): string {
  return JSON.stringify(recorded.map((one) => ledgerRow(one, nowMs)))
}

function ledgerRow({ outgoing, result, status }: Recorded, nowMs: number): LedgerRow {
  const { category = null, detail = null } = result
  const attempts = outgoing.attempts + 1
  const nextMs = isOpen(status) ? nowMs + retryDelayMs(attempts) : null
  return [outgoing.seq, status, attempts, nextMs, category, detail]
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
  db: SqlDatabase,
  { claim, recordedThrough }: RecordRequest,
  recorded: readonly Recorded[],
  nowMs: number,
): boolean {
  const { 'terminal-failed': terminalFailed, ...delta } = countChanges(recorded)
  const { changes } = statement(db, ADVANCE).run({
    ...delta,
    terminalFailed,
    generationId: claim.generationId,
    holder: claim.holder,
    recordedThrough: recordedThrough ?? 0,
    leaseUntilMs: nowMs + LEASE_MS,
  })
  return changes === 1
}

function countChanges(recorded: readonly Recorded[]): Record<LedgerStatus, number> {
  const delta = {
    success: 0,
    duplicate: 0,
    pending: 0,
    rejected: 0,
    transient: 0,
    'terminal-failed': 0,
  }
  for (const { outgoing, status } of recorded) {
    if (outgoing.status !== undefined) delta[outgoing.status] -= 1
    delta[status] += 1
  }
  return delta
}
