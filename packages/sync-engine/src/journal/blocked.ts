import type { Journal } from './journal.ts'
import { statement } from './statements.ts'

/**
 * Takes the blocked marks off, because a gate has opened: one audit row per reason says how many
 * events had waited and since when (SYNC/T017, SYNC/SC-009).
 * @returns how many events were waiting
 */
export function clearBlocked({ db, now }: Journal): number {
  const some = statement(db, 'SELECT 1 FROM blocked_events LIMIT 1').get()
  if (some === undefined) return 0
  const clear = db.transaction((): number => {
    statement(
      db,
      `INSERT INTO block_audit (reason, events, since_ms, cleared_at_ms)
       SELECT reason, count(*), min(since_ms), ? FROM blocked_events GROUP BY reason`,
    ).run(now())
    return statement(db, 'DELETE FROM blocked_events').run().changes
  })
  return clear.immediate()
}

export interface BlockedCount {
  readonly reason: string
  readonly events: number
  readonly sinceMs: number
}

/** How many captured events wait for which gate. */
export function blockedCounts({ db }: Journal): BlockedCount[] {
  return statement<BlockedCount>(
    db,
    `SELECT reason, count(*) AS events, min(since_ms) AS sinceMs
     FROM blocked_events GROUP BY reason ORDER BY reason`,
  ).all()
}
