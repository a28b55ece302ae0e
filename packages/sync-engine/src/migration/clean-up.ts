import { setAside, withRemark } from '../base/remedies.ts'
import type Database from 'better-sqlite3'
import type { QueueShape } from '../queues/queue-shape.ts'
import type { BodyCopy } from './bodies.ts'
import { IMPORTABLE } from '../queues/event-sql.ts'
import type { EventCounts } from './report.ts'
import { SourceProblem } from '../queues/source.ts'

/**
 * As many rows go as were copied, or none: an index that lost some of them would have hidden them from
 * the copy. Without a condition SQLite drops whole pages instead of visiting rows.
 */
function removeEvents(held: Database.Database, events: EventCounts): void {
  const rest = events.unreadable === 0 ? '' : `AS q WHERE ${IMPORTABLE}`
  const { changes } = held.prepare(`DELETE FROM queue ${rest}`).run()
  const copied = events.imported + events.deduplicated
  if (changes === copied) return
  throw new SourceProblem(
    `${copied} of its rows were found in their order, ${changes} are there; its index is damaged`,
    withRemark(setAside(held.name), 'then rebuild it with sqlite3 and REINDEX, and put it back'),
  )
}

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
  if (shape.hasQueue) removeEvents(held, copied.events)
  if (copied.isActive) return
  const { bodies, failureLog, keep } = copied.bodies
  if (shape.bodies !== 'none' && bodies.waiting === 0)
    held
      .prepare('DELETE FROM body_upload_queue WHERE id NOT IN (SELECT value FROM json_each(?))')
      .run(JSON.stringify(keep))
  if (shape.failures !== 'none' && failureLog.waiting === 0)
    held.exec('DELETE FROM body_upload_failure_log')
}
