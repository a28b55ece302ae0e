import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'

const OLDEST_OPEN = `
  SELECT e.occurred_at FROM ledger l JOIN events e ON e.seq = l.seq
  WHERE l.generation_id = ? AND l.next_attempt_at_ms IS NOT NULL ORDER BY l.seq LIMIT 1`

const OLDEST_FRESH = `
  SELECT occurred_at FROM events
  WHERE seq > max((SELECT recorded_through FROM generations WHERE generation_id = ?),
                  (SELECT removed_through FROM journal_state))
    AND envelope IS NOT NULL ORDER BY seq LIMIT 1`

/** When the oldest event happened that a target still has to get; null if it has them all. */
export function oldestUndelivered({ db }: Journal, generationId: number): string | null {
  const oldest =
    statement(db, OLDEST_OPEN).pluck().get(generationId) ??
    statement(db, OLDEST_FRESH).pluck().get(generationId)
  return typeof oldest === 'string' ? oldest : null
}
