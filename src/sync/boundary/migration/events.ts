import type { SqlDatabase } from '../../journal/database.ts'
import { statement } from '../../journal/statements.ts'
import { settleCollisions } from './collisions.ts'
import { IMPORTABLE, IN_PAGE, STORED_TEXT, type EventCopy, type PageBounds } from './event-sql.ts'
import type { EventCounts } from './report.ts'

/** Rows handled by one statement; progress is told between two of them. */
const PAGE = 10_000

const NEXT_PAGE = `
  SELECT count(*) AS rows, max(timestamp) AS toSecond,
         max(id) FILTER (WHERE timestamp = last) AS toId
  FROM (SELECT timestamp, id, max(timestamp) OVER () AS last FROM (
    SELECT timestamp, id FROM source.queue WHERE (timestamp, id) > (@toSecond, @toId)
    ORDER BY timestamp, id LIMIT ${PAGE}))`

/**
 * Copies the events of the attached database `source` into the journal, in the order in which they
 * were queued, inside the caller's transaction. Set-based: content is compared only where an id is
 * known already (SYNC/FR-013, SYNC/FR-018).
 */
export function copyEvents(db: SqlDatabase, copy: EventCopy): EventCounts {
  const total = { imported: 0, deduplicated: 0, conflicts: 0, unreadable: 0 }
  let end = { toSecond: Number.MIN_SAFE_INTEGER, toId: -1 }
  for (;;) {
    const next = statement<PageBounds>(db, NEXT_PAGE).get(end)
    if (next === undefined || next.rows === 0) return total
    const page = { ...next, fromSecond: end.toSecond, fromId: end.toId }
    const counts = copyPage(db, copy, page)
    for (const key of ['imported', 'deduplicated', 'conflicts', 'unreadable'] as const)
      total[key] += counts[key]
    copy.onPage(page)
    end = { toSecond: next.toSecond, toId: next.toId }
  }
}

/** Most pages hold only new events; only the others pay for looking at each row. */
function copyPage(db: SqlDatabase, copy: EventCopy, page: PageBounds): EventCounts {
  db.exec('SAVEPOINT page')
  const imported = insert(db, copy, page, '')
  if (imported === page.rows) {
    db.exec('RELEASE page')
    noteProvenance(db, copy, page)
    return { imported, deduplicated: 0, conflicts: 0, unreadable: 0 }
  }
  db.exec('ROLLBACK TO page; RELEASE page')
  const collisions = settleCollisions(db, copy, page)
  const fresh = insert(
    db,
    copy,
    page,
    'AND NOT EXISTS (SELECT 1 FROM events e WHERE e.event_id = q.event_id)',
  )
  noteProvenance(db, copy, page)
  const { deduplicated, conflicts } = collisions
  return {
    imported: fresh,
    deduplicated,
    conflicts,
    unreadable: page.rows - fresh - deduplicated - conflicts,
  }
}

const COLUMNS = `event_id, event_type, occurred_at, captured_at_ms, producer, size_bytes,
  bytes_through, coalesce_key, envelope`

/** The journal keeps a running total of bytes in every row; a window function continues it. */
function insert(db: SqlDatabase, copy: EventCopy, page: PageBounds, filter: string): number {
  const { changes } = statement(
    db,
    `INSERT OR IGNORE INTO events (${COLUMNS})
     SELECT event_id, event_type, occurred_at, second * 1000, producer, octet_length(envelope),
       sum(octet_length(envelope)) OVER (ORDER BY second, id ROWS UNBOUNDED PRECEDING)
         + coalesce((SELECT bytes_through FROM events ORDER BY seq DESC LIMIT 1), 0),
       coalesce_key, envelope
     FROM (
       SELECT q.id, q.event_id, q.event_type, CAST(q.timestamp AS INTEGER) AS second,
         coalesce(q.data ->> '$.timestamp',
                  strftime('%Y-%m-%dT%H:%M:%SZ', q.timestamp, 'unixepoch')) AS occurred_at,
         coalesce(q.data ->> '$.project_uuid', 'unknown') AS producer,
         ${copy.coalesceKey} AS coalesce_key, ${STORED_TEXT} AS envelope
       FROM source.queue q WHERE ${IN_PAGE} AND ${IMPORTABLE} ${filter})
     ORDER BY second, id`,
  ).run(bounds(page))
  return changes
}

/** Where each event came from; one that came from several sources has a row for each (SYNC/T059). */
function noteProvenance(db: SqlDatabase, copy: EventCopy, page: PageBounds): void {
  statement(
    db,
    `INSERT OR IGNORE INTO provenance (event_id, source, content_sha, recorded_at_ms)
     SELECT q.event_id, @digest, NULL, @now FROM source.queue q
     WHERE ${IN_PAGE} AND ${IMPORTABLE} AND NOT EXISTS (
       SELECT 1 FROM conflicts c WHERE c.event_id = q.event_id AND c.source = @digest)`,
  ).run({ ...bounds(page), digest: copy.digest, now: copy.now })
}

/** better-sqlite3 refuses parameters that a statement does not name. */
function bounds({ fromSecond, fromId, toSecond, toId }: PageBounds): Omit<PageBounds, 'rows'> {
  return { fromSecond, fromId, toSecond, toId }
}
