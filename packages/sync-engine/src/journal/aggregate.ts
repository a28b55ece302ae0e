import type { SqlDatabase } from '../base/sqlite.ts'

/**
 * A number for an aggregate of a project. Two aggregates with one number would only wait for each
 * other, so 53 bits of a fast hash are enough.
 */
export function aggregateKey(project: string, aggregateId: string): number {
  let [high, low] = [0x811c9dc5, 0x01000193]
  const text = `${project}\u0000${aggregateId}`
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    high = Math.imul(high ^ unit, 0x01000193)
    low = Math.imul(low ^ unit, 0x85ebca6b) ^ (low >>> 13)
  }
  return (high >>> 0) * 2 ** 21 + ((low >>> 0) >>> 11)
}

/** In SQL: `aggregate_key(project, aggregate_id)`. */
export function registerAggregateKey(db: SqlDatabase): void {
  db.function('aggregate_key', { deterministic: true }, (project: unknown, id: unknown) =>
    aggregateKey(String(project), typeof id === 'string' ? id : ''),
  )
}

/** The number of the aggregate of row `e`; rows that were not captured one by one carry none. */
export const AGGREGATE_OF = `coalesce(e.aggregate, aggregate_key(e.producer,
  CASE WHEN json_valid(e.envelope) THEN e.envelope ->> '$.aggregate_id' END))`
