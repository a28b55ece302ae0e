import type Database from 'better-sqlite3'
import type { QueueShape } from '../queue-shape.ts'
import type { BodyCopy } from './bodies.ts'
import { IMPORTABLE } from './event-sql.ts'
import type { EventCounts } from './report.ts'

interface Copied {
  readonly events: EventCounts
  readonly bodies: BodyCopy
  /** The active database keeps its documents. */
  readonly isActive: boolean
}

/**
 * Removes from the held source what its proper place has now. An undecided conflict blocks the clean-up
 * of the whole source; rows that could not be read stay in any case (SYNC/T060).
 */
export function cleanUp(held: Database.Database, shape: QueueShape, copied: Copied): void {
  if (copied.events.conflicts > 0) return
  // Without a condition SQLite drops whole pages instead of visiting rows.
  if (shape.hasQueue)
    held.exec(
      copied.events.unreadable === 0
        ? 'DELETE FROM queue'
        : `DELETE FROM queue AS q WHERE ${IMPORTABLE}`,
    )
  if (copied.isActive) return
  const { bodies, failureLog, keep } = copied.bodies
  if (shape.bodies !== 'none' && bodies.waiting === 0)
    held
      .prepare('DELETE FROM body_upload_queue WHERE id NOT IN (SELECT value FROM json_each(?))')
      .run(JSON.stringify(keep))
  if (shape.failures !== 'none' && failureLog.waiting === 0)
    held.exec('DELETE FROM body_upload_failure_log')
}
