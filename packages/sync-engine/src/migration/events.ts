import type { SqlDatabase } from '../base/sqlite.ts'
import { statement } from '../journal/statements.ts'
import { registerStoredForm } from '../journal/stored-form.ts'
import { numberStreams } from '../journal/streams.ts'
import { settleCollisions } from './collisions.ts'
import {
  aggregateIn,
  IMPORTABLE,
  importable,
  IN_PAGE,
  memberIn,
  projectIn,
  storedText,
  twiceIn,
  type EventCopy,
  type PageBounds,
} from '../queues/event-sql.ts'
import type { EventCounts } from './report.ts'

/** Rows handled by one statement; progress is told between two of them. */
const PAGE = 10_000

const BEHIND = 'FROM source.queue WHERE (timestamp, id) > (@toSecond, @toId)'

const FULL_PAGE = `
  SELECT ${PAGE} AS rows, timestamp AS toSecond, id AS toId ${BEHIND}
  ORDER BY timestamp, id LIMIT 1 OFFSET ${PAGE - 1}`

const LAST_PAGE = `
  SELECT (SELECT count(*) ${BEHIND}) AS rows, timestamp AS toSecond, id AS toId ${BEHIND}
  ORDER BY timestamp DESC, id DESC LIMIT 1`

/**
 * Copies the events of the attached database `source` into the journal, in the order in which they
 * were queued, inside the caller's transaction. Set-based: content is compared only where an id is
 * known already (SYNC/FR-013, SYNC/FR-018).
 */
export function copyEvents(db: SqlDatabase, copy: EventCopy): EventCounts {
  registerStoredForm(db)
  const total = { imported: 0, deduplicated: 0, conflicts: 0, unreadable: 0 }
  let end: PageEnd = BEFORE_ALL
  for (;;) {
    const next = nextPage(db, end)
    if (next === undefined) return total
    const page = { ...next, fromSecond: end.toSecond, fromId: end.toId }
    const counts = copyPage(db, copy, page)
    for (const key of ['imported', 'deduplicated', 'conflicts', 'unreadable'] as const)
      total[key] += counts[key]
    copy.onPage(page)
    end = { toSecond: next.toSecond, toId: next.toId }
  }
}

type PageEnd = Pick<PageBounds, 'toSecond' | 'toId'>

const BEFORE_ALL: PageEnd = { toSecond: Number.NEGATIVE_INFINITY, toId: -(2n ** 63n) }

/** Where the page after `end` ends, and its rows; undefined if nothing is left. */
function nextPage(
  db: SqlDatabase,
  { toSecond, toId }: PageEnd,
): (PageEnd & Pick<PageBounds, 'rows'>) | undefined {
  for (const sql of [FULL_PAGE, LAST_PAGE]) {
    const found = statement<PageEnd & { rows: bigint }>(db, sql)
      .safeIntegers()
      .get({ toSecond, toId })
    if (found !== undefined) return { ...found, rows: Number(found.rows) }
  }
  return undefined
}

/** Most pages hold only new events; only the others pay for looking at each row. */
function copyPage(db: SqlDatabase, copy: EventCopy, page: PageBounds): EventCounts {
  db.exec('SAVEPOINT page')
  const imported = insert(db, copy, page, '')
  if (imported === page.rows) {
    db.exec('RELEASE page')
    noteProvenance(db, copy, page, '')
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
  noteProvenance(db, copy, page, NOT_ALL)
  const { deduplicated, conflicts } = collisions
  return {
    imported: fresh,
    deduplicated,
    conflicts,
    unreadable: page.rows - fresh - deduplicated - conflicts,
  }
}

const COLUMNS = `event_id, event_type, occurred_at, captured_at_ms, producer, size_bytes,
  bytes_through, coalesce_key, envelope, stream_id, aggregate`

/** The end of the year 9999: what lies outside of the calendar is no time of an event. */
const LAST_SECOND = 253_402_300_799

/** Asked once for a page: nearly all hold only texts that SQL and an import read alike. */
const ANY_TWICE = `SELECT 1 FROM source.queue q WHERE ${IN_PAGE} AND ${twiceIn('q.data')} IS NOT NULL`

/** @param twice the field that a text gives more than once, as an expression for texts `q.data` and `envelope` */
const insertion = (
  filter: string,
  coalesceKey: string,
  twice: (text: string) => string,
): string => `
  INSERT OR IGNORE INTO events (${COLUMNS})
  SELECT event_id, event_type, occurred_at, min(max(second, 0), ${LAST_SECOND}) * 1000, producer,
    octet_length(envelope),
    bytes_so_far(octet_length(envelope)), coalesce_key, envelope, stream_of(producer, @account),
    ${aggregateIn('envelope', 'producer', twice('envelope'))}
  FROM (
    SELECT q.event_id, q.event_type, CAST(q.timestamp AS INTEGER) AS second,
      coalesce(${memberIn('q.data', 'timestamp', twice('q.data'))},
               strftime('%Y-%m-%dT%H:%M:%SZ', q.timestamp, 'unixepoch'), '') AS occurred_at,
      ${projectIn('q.data', twice('q.data'))} AS producer,
      ${coalesceKey} AS coalesce_key, ${storedText(twice('q.data'))} AS envelope
    FROM source.queue q WHERE ${IN_PAGE} AND ${importable(twice('q.data'))} ${filter}
    ORDER BY q.timestamp, q.id LIMIT -1)`

/**
 * The journal keeps a running total of bytes in every row. It is continued by a function of ours: a
 * window over the rows would copy and sort every envelope once more, and costs half as much again.
 */
function insert(db: SqlDatabase, copy: EventCopy, page: PageBounds, filter: string): number {
  continueTotal(db)
  const keepStreams = numberStreams(db)
  const isAnyTwice = statement(db, ANY_TWICE).get(bounds(page)) !== undefined
  const twice = isAnyTwice ? twiceIn : (): string => 'NULL'
  const sql = insertion(filter, copy.coalesceKey, twice)
  const { changes } = statement(db, sql).run({ ...bounds(page), account: copy.account })
  keepStreams()
  return changes
}

/** `LIMIT -1` above keeps SQLite from folding the inner query away and computing each text thrice. */
function continueTotal(db: SqlDatabase): void {
  const last = statement(db, 'SELECT bytes_through FROM events ORDER BY seq DESC LIMIT 1').pluck()
  let through = Number(last.get() ?? 0)
  db.function('bytes_so_far', (bytes: unknown) => (through += Number(bytes)))
}

/** Rows of a page that are no events, or whose other version the journal keeps, came to nothing. */
const NOT_ALL = `AND ${IMPORTABLE} AND NOT EXISTS (
  SELECT 1 FROM conflicts c WHERE c.event_id = q.event_id AND c.source = @digest)`

/** Where each event came from; one that came from several sources has a row for each (SYNC/T059). */
function noteProvenance(db: SqlDatabase, copy: EventCopy, page: PageBounds, filter: string): void {
  statement(
    db,
    `INSERT OR IGNORE INTO provenance (event_id, source, content_sha, recorded_at_ms)
     SELECT q.event_id, @digest, NULL, @now FROM source.queue q
     WHERE ${IN_PAGE} ${filter}`,
  ).run({ ...bounds(page), digest: copy.digest, now: copy.now })
}

/** better-sqlite3 refuses parameters that a statement does not name. */
function bounds({ fromSecond, fromId, toSecond, toId }: PageBounds): Omit<PageBounds, 'rows'> {
  return { fromSecond, fromId, toSecond, toId }
}
