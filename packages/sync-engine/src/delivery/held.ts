import { AGGREGATE_OF } from '../journal/aggregate.ts'
import type { SqlDatabase } from '../base/sqlite.ts'
import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import type { Outgoing } from './select.ts'
import { LONGEST_DELAY_MS } from './transition.ts'

/** An event that waits for a predecessor, without its text. */
export type HeldBack = Pick<Outgoing, 'seq' | 'aggregate'>

// The server has a pending event in its own queue, in order, so its successors may follow. A rejected or
// unanswered one may still be delivered: what comes after it waits.
const BLOCKING = `
  SELECT DISTINCT ${AGGREGATE_OF} AS aggregate
  FROM ledger l INDEXED BY ledger_open JOIN events e ON e.seq = l.seq
  WHERE l.generation_id = @generationId AND l.next_attempt_at_ms > @dueBy AND l.next_attempt_at_ms <= @farthest
    AND l.status IN ('rejected', 'transient')`

/**
 * Aggregates with an event that may still be delivered: their successors wait.
 * @param dueBy only events whose wait is longer than that; all if it is absent
 */
export function blockedAggregates({ db }: Journal, generationId: number, dueBy = -1): Set<number> {
  // A wait that is longer than any the engine sets comes from a wrong clock: it is over.
  const farthest = dueBy < 0 ? Number.MAX_SAFE_INTEGER : dueBy + LONGEST_DELAY_MS
  return new Set(statement<number>(db, BLOCKING).pluck().all({ generationId, dueBy, farthest }))
}

/** Aggregates of which events are held back still. */
export function heldAggregates({ db }: Journal, generationId: number): Set<number> {
  const sql = 'SELECT DISTINCT aggregate FROM held WHERE generation_id = ?'
  return new Set(statement<number>(db, sql).pluck().all(generationId))
}

/** Holds events back durably, in the transaction in which the cursor passes them. */
export function holdBack(
  db: SqlDatabase,
  generationId: number,
  events: readonly HeldBack[],
): number {
  if (events.length === 0) return 0
  const rows = JSON.stringify(events.map(({ seq, aggregate }) => [seq, aggregate]))
  return statement(
    db,
    `INSERT OR IGNORE INTO held (generation_id, seq, aggregate)
     SELECT @generationId, value ->> 0, value ->> 1 FROM json_each(@rows)`,
  ).run({ generationId, rows }).changes
}

/** Takes events that were answered out of what is held. */
export function letGo(db: SqlDatabase, generationId: number, events: readonly Outgoing[]): number {
  if (events.length === 0) return 0
  return statement(
    db,
    `DELETE FROM held WHERE generation_id = @generationId
       AND seq IN (SELECT value FROM json_each(@seqs))`,
  ).run({ generationId, seqs: JSON.stringify(events.map(({ seq }) => seq)) }).changes
}
