import { codeOf } from '../base/errors.ts'
import type { Database, Session } from '../database/database.ts'
import { HISTORY_CHANGED } from './migrations.ts'

/**
 * Gives rows a higher generation once transaction ids may have gone back: they would sort below what readers
 * have passed. The number is the time in minutes, because a restored backup has also lost the number that the
 * history after it had.
 */
export async function ensureGeneration(session: Session): Promise<void> {
  await session.query(`
    UPDATE hub.state SET history = hub.history(), generation = CASE
      WHEN history IS NULL AND NOT EXISTS (${ABOVE}) THEN generation
      ELSE greatest(generation + 1, floor(extract(epoch FROM now()) / 60)::int) END
    WHERE history IS DISTINCT FROM hub.history() OR EXISTS (${ABOVE})`)
}

/** Rows of a dump whose transaction ids this cluster has yet to reach. */
const ABOVE = `
  SELECT FROM hub.tenant t, LATERAL (
    SELECT FROM hub.event e
    WHERE e.tenant_id = t.id AND e.generation = state.generation
      AND e.tx >= pg_snapshot_xmax(pg_current_snapshot())
    LIMIT 1) above`

/**
 * Runs what stores events, once more if the server has another history than before: a replica took over, or a
 * backup was restored, while this hub was running.
 */
export async function inItsGeneration<T>(database: Database, store: () => Promise<T>): Promise<T> {
  try {
    return await store()
  } catch (cause) {
    if (codeOf(cause) !== HISTORY_CHANGED) throw cause
    await database.asOperator(ensureGeneration)
    return store()
  }
}
