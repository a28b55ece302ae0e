import { contentHash } from '../base/digest.ts'
import type { SqlDatabase } from '../base/sqlite.ts'
import { statement } from '../journal/statements.ts'
import {
  IMPORTABLE,
  IN_PAGE,
  STORED_TEXT,
  type EventCopy,
  type PageBounds,
} from '../queues/event-sql.ts'

interface Collision {
  readonly event_id: string
  readonly incoming: string
  /** Null once gc or archive removed it: then the digest of its content is left. */
  readonly existing: string | null
  readonly removed_sha: string | null
}

// Most known ids come with the very same text; those never reach JavaScript.
const KNOWN = `
  SELECT count(*) AS known FROM source.queue q JOIN events e ON e.event_id = q.event_id
  WHERE ${IN_PAGE} AND ${IMPORTABLE}`

const DIFFERENT = `
  FROM source.queue q JOIN events e ON e.event_id = q.event_id
  LEFT JOIN conflicts c ON c.event_id = q.event_id AND c.source = @digest AND c.incoming = ${STORED_TEXT}
  WHERE ${IN_PAGE} AND ${IMPORTABLE} AND e.envelope IS NOT ${STORED_TEXT}`

// What an earlier run compared and put aside needs no second look: only whether it was decided.
const STILL_OPEN = `SELECT count(*) ${DIFFERENT} AND c.conflict_id IS NOT NULL AND c.resolved_at_ms IS NULL`

const NOT_COMPARED = `SELECT q.id ${DIFFERENT} AND c.conflict_id IS NULL`

// One by one: the texts of a page of large events would fill the memory.
const BOTH = `
  SELECT q.event_id, ${STORED_TEXT} AS incoming, e.envelope AS existing, e.removed_sha
  FROM source.queue q JOIN events e ON e.event_id = q.event_id WHERE q.id = ?`

// A repeated run finds the same divergence again; a decision that was taken on it stands.
const RECORD = `
  INSERT INTO conflicts (event_id, source, existing_sha, incoming_sha, incoming, detail, recorded_at_ms,
    account)
  VALUES (@eventId, @source, @existingSha, @incomingSha, @incoming, @detail, @now, @account)
  ON CONFLICT (event_id, source, incoming_sha) DO UPDATE SET detail = detail
  RETURNING resolved_at_ms IS NULL`

/**
 * Compares the page's events with those the journal knows under the same id, by content. Identical ones
 * count as duplicates, divergent ones are put aside with both payloads kept (SYNC/T059, SYNC/T060).
 */
export function settleCollisions(
  db: SqlDatabase,
  copy: EventCopy,
  page: PageBounds,
): { deduplicated: number; conflicts: number } {
  const { fromSecond, fromId, toSecond, toId } = page
  const bounds = { fromSecond, fromId, toSecond, toId }
  const known = Number(statement(db, KNOWN).pluck().get(bounds))
  if (known === 0) return { deduplicated: 0, conflicts: 0 }
  const inSource = { ...bounds, digest: copy.digest }
  const stillOpen = Number(statement(db, STILL_OPEN).pluck().get(inSource))
  const ids = statement<bigint>(db, NOT_COMPARED).pluck().safeIntegers().all(inSource)
  const found = ids.filter((id) => {
    const row = statement<Collision>(db, BOTH).get(id)
    return row !== undefined && isOpenConflict(db, copy, row)
  }).length
  const conflicts = stillOpen + found
  return { deduplicated: known - conflicts, conflicts }
}

function isOpenConflict(db: SqlDatabase, copy: EventCopy, row: Collision): boolean {
  const incomingSha = contentHash(row.incoming)
  const existingSha = row.removed_sha ?? contentHash(row.existing ?? 'null')
  if (incomingSha === existingSha) return false
  const isOpen = statement(db, RECORD).pluck().get({
    eventId: row.event_id,
    source: copy.digest,
    existingSha,
    incomingSha,
    incoming: row.incoming,
    detail: 'the journal has this event id with other content',
    now: copy.now,
    account: copy.account,
  })
  return isOpen === 1
}
