import { Problem } from '../base/problem.ts'
import { indexed } from '../contract/event.ts'
import { together, type Database, type Value } from '../database/database.ts'
import { cursorFrom, cursorText, type Cursor } from './cursor.ts'

export interface Filter {
  readonly project?: string | undefined
  readonly type?: string | undefined
}

export interface PageQuery {
  readonly tenantId: string
  readonly after: Cursor
  readonly filter: Filter
  /** Most events of the page. */
  readonly limit: number
  /** A page ends before its bodies exceed this, but has at least one event. */
  readonly maxBytes: number
}

export interface Page {
  readonly count: number
  /** The events as JSON objects, each with its cursor, in the {@link PageFormat} that was asked for. */
  readonly bytes: Buffer
  /** Where the next page begins: the cursor of the last event, or of what was looked at in vain. */
  readonly next: Cursor
  /** Further events can be read right now. */
  readonly more: boolean
}

/** How events are put: as elements of a JSON list, one a line, or as server-sent events. */
export type PageFormat = 'json' | 'lines' | 'sse'

/** What comes behind each event, as SQL writes it, and its length. */
const ENDINGS: Readonly<Record<PageFormat, readonly [sql: string, length: number]>> = {
  json: [`','`, 1],
  lines: [`E'\\n'`, 1],
  sse: [`E'\\n\\n'`, 2],
}

function elementSql(format: PageFormat): string {
  const place = `generation, '.', tx, '.', idx`
  const before = format === 'sse' ? `'id: ', ${place}, E'\\nevent: event\\ndata: ', ` : ''
  return `concat(${before}'{"cursor":"', ${place}, '","received_at":"',
    to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    '","revision":', revision, ',"event":', body, '}', ${ENDINGS[format][0]})`
}

/**
 * A page is read from the index, in order, until it is full. PostgreSQL guesses how many rows are behind a
 * cursor from the generation alone, which all rows share: it expects none, and would rather sort all that
 * follow, for every page anew, or read a whole month to learn that nothing is before the cursor. What that
 * discourages looks so expensive that it would be compiled.
 */
const IN_ORDER = `SELECT set_config('enable_sort', 'off', true), set_config('jit', 'off', true),
  set_config('enable_seqscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`

/**
 * The next events of a tenant in the order of their places. Only transactions below the snapshot's xmin
 * are read: all of them have ended, so nothing can appear before the cursor any more. Each event comes as
 * the bytes that its reader gets: for 5,000 of a kilobyte, joining them in the database took twice as long as
 * finding them, and replacing their line breaks there as long as both.
 * @throws {Problem} `events-dropped`, `cursor-unknown`
 */
export async function readPage(
  database: Database,
  query: PageQuery,
  format: PageFormat = 'json',
): Promise<Page> {
  const { sql, params } = statement(query, format)
  const [, [first, ...rest]] = await database.asTenant(query.tenantId, (session) =>
    together([session.query(IN_ORDER), session.bytes(sql, params)]),
  )
  const state = first?.[0]?.toString()
  if (state === 'ahead') throw unknownCursor()
  if (state === 'dropped') throw eventsDropped()
  const events = rest.flatMap(([, event]) => event ?? [])
  if (format !== 'json') for (const event of events) toOneLine(event, format)
  const last = events.at(-1)
  const next = last === undefined ? state : cursorIn(last)
  const bytes = Buffer.concat(events)
  return {
    count: events.length,
    bytes: format === 'json' ? bytes.subarray(0, -1) : bytes,
    next: (next === undefined ? undefined : cursorFrom(next)) ?? query.after,
    more: rest.length > events.length || events.length === query.limit,
  }
}

const [LINE_FEED, CARRIAGE_RETURN, SPACE, BRACE] = [10, 13, 32, 123]

/** Line breaks between tokens are white space of JSON; both line formats need one line an event. */
function toOneLine(event: Buffer, format: PageFormat): void {
  const from = event.indexOf(BRACE)
  const end = event.length - ENDINGS[format][1]
  for (const code of [LINE_FEED, CARRIAGE_RETURN])
    for (let at = event.indexOf(code, from); at >= 0 && at < end; at = event.indexOf(code, at))
      event[at] = SPACE
}

/** The place of an event, which is the first that its reader gets. */
function cursorIn(event: Buffer): string {
  const from = event.indexOf('"cursor":"') + 10
  return event.toString('latin1', from, event.indexOf('"', from))
}

function statement(
  { tenantId, after, filter, limit, maxBytes }: PageQuery,
  format: PageFormat,
): { sql: string; params: Value[] } {
  const params: Value[] = [tenantId, after.generation, after.tx, after.idx, limit, maxBytes]
  const conditions: string[] = []
  if (filter.project !== undefined)
    conditions.push(`AND project_uuid = $${params.push(filter.project)}::text::uuid`)
  if (filter.type !== undefined) {
    const short = indexed(filter.type)
    conditions.push(`AND event_type = $${params.push(short)}::text`)
    if (short !== filter.type)
      conditions.push(`AND body::json ->> 'event_type' = $${params.push(filter.type)}::text`)
  }
  const sql = `
    (SELECT CASE WHEN (${AHEAD}) THEN 'ahead' WHEN (${DROPPED}) THEN 'dropped'
       ELSE ${LOOKED_AT} END AS state, NULL AS event)
    UNION ALL
    (SELECT NULL, CASE WHEN bytes_before < $6::text::bigint OR bytes_before = 0 THEN ${elementSql(format)} END
     FROM (
       SELECT generation, tx, idx, received_at, revision, body, sum(size_bytes)
         OVER (ORDER BY generation, tx, idx ROWS UNBOUNDED PRECEDING) - size_bytes AS bytes_before
       FROM (
         SELECT * FROM hub.event
         WHERE tenant_id = $1::text::int
           AND (generation, tx, idx) > ${AFTER}
           AND (tx < pg_snapshot_xmin(pg_current_snapshot())
             OR generation < (SELECT generation FROM hub.state))
           ${conditions.join(' ')}
         ORDER BY generation, tx, idx LIMIT $5::text::int
       ) AS candidates
     ) AS found ORDER BY generation, tx, idx)`
  return { sql, params }
}

const AFTER = `($2::text::int, $3::text::xid8, $4::text::int)`

/**
 * Where nothing was found, the reader has seen everything below the xmin: a filtered reader whose events are
 * rare does not stay behind, at a place that retention passes.
 */
const LOOKED_AT = `(SELECT s.generation || '.' || pg_snapshot_xmin(pg_current_snapshot())::text || '.-1'
  FROM hub.state s WHERE (s.generation, pg_snapshot_xmin(pg_current_snapshot()), -1) > ${AFTER})`

/** No place above what has been assigned was ever given to a reader. */
const AHEAD = `SELECT s.generation < $2::text::int OR (s.generation = $2::text::int
  AND $3::text::xid8 > pg_snapshot_xmax(pg_current_snapshot())) FROM hub.state s`

/**
 * Retention has removed events behind the cursor. The beginning means the oldest event that is kept; and
 * who has come past a kept event was told, or had read what is gone.
 */
const DROPPED = `SELECT EXISTS (SELECT FROM hub.dropped d WHERE d.tenant_id = $1::text::int
  AND (d.generation, d.tx, d.idx) > ${AFTER}) AND $2::text::int > 0
  AND NOT EXISTS (SELECT FROM hub.event k WHERE k.tenant_id = $1::text::int
    AND (k.generation, k.tx, k.idx) <= ${AFTER})`

function unknownCursor(): Problem {
  return new Problem('cursor-unknown', {
    detail: 'the cursor is ahead of everything in this database: it comes from another hub',
    next: 'use the cursor of this hub; after=0 begins with the oldest event that is kept',
  })
}

function eventsDropped(): Problem {
  return new Problem('events-dropped', {
    detail: 'retention has removed events after this cursor that were not read with it',
    next: 'after=0 begins with the oldest event that is kept; keep events for longer than readers are away',
  })
}

/** The end of what can be read now: where a consumer begins that wants only new events. */
export async function endOfEvents(database: Database, tenantId: string): Promise<string> {
  const [row] = await database.asTenant(tenantId, (session) =>
    session.query(
      `SELECT generation::text, tx::text, idx::text FROM hub.event
       WHERE tenant_id = $1::text::int AND (tx < pg_snapshot_xmin(pg_current_snapshot())
         OR generation < (SELECT generation FROM hub.state))
       ORDER BY generation DESC, tx DESC, idx DESC LIMIT 1`,
      [tenantId],
    ),
  )
  if (row === undefined) return '0'
  const { generation, tx, idx } = row
  return cursorText({ generation: generation ?? '0', tx: tx ?? '0', idx: idx ?? '0' })
}
