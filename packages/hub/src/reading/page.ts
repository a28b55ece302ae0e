import type { Database, Value } from '../database/database.ts'
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
  /** The events as JSON objects, each with its cursor, separated by {@link PageQuery} format. */
  readonly text: string
  /** Where the next page begins: the cursor of the last event, or the one that was asked for. */
  readonly next: Cursor
  /** Further events can be read right now. */
  readonly more: boolean
}

/** How the events of a page are joined: as a JSON list, one a line, or as server-sent events. */
export type PageFormat = 'json' | 'lines' | 'sse'

const SEPARATORS: Readonly<Record<PageFormat, string>> = { json: ',', lines: '\\n', sse: '' }

/** Line breaks between tokens are white space of JSON; both line formats need one line an event. */
const ONE_LINE = `translate(body, E'\\r\\n', '  ')`

function elementSql(format: PageFormat): string {
  const place = `generation || '.' || tx::text || '.' || idx`
  const object = (body: string): string =>
    `'{"cursor":"' || ${place} || '","received_at":"' || to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '","revision":' || revision || ',"event":' || ${body} || '}'`
  if (format === 'json') return object('body')
  if (format === 'lines') return object(ONE_LINE)
  return `'id: ' || ${place} || E'\\nevent: event\\ndata: ' || ${object(ONE_LINE)} || E'\\n\\n'`
}

/**
 * The next events of a tenant in the order of their places. Only transactions below the snapshot's xmin
 * are read: all of them have ended, so nothing can appear before the cursor any more. The page is
 * joined by the database, so that no body passes through a parser here.
 */
export async function readPage(
  database: Database,
  query: PageQuery,
  format: PageFormat = 'json',
): Promise<Page> {
  const { sql, params } = statement(query, format)
  const [row] = await database.asTenant(query.tenantId, (session) => session.query(sql, params))
  const count = Number(row?.['count'] ?? 0)
  const next = cursorFrom(row?.['last'] ?? '') ?? query.after
  return {
    count,
    text: row?.['text'] ?? '',
    next: count === 0 ? query.after : next,
    more: Number(row?.['found'] ?? 0) > count || count === query.limit,
  }
}

function statement(
  { tenantId, after, filter, limit, maxBytes }: PageQuery,
  format: PageFormat,
): { sql: string; params: Value[] } {
  const params: Value[] = [tenantId, after.generation, after.tx, after.idx, limit, maxBytes]
  const conditions: string[] = []
  if (filter.project !== undefined)
    conditions.push(`AND project_uuid = $${params.push(filter.project)}::text::uuid`)
  if (filter.type !== undefined)
    conditions.push(`AND event_type = $${params.push(filter.type)}::text`)
  const sql = `
    WITH found AS (
      SELECT generation, tx, idx, received_at, revision, body,
        sum(size_bytes) OVER (ORDER BY generation, tx, idx) - size_bytes AS bytes_before
      FROM (
        SELECT * FROM hub.event
        WHERE tenant_id = $1::text::int
          AND (generation, tx, idx) > ($2::text::int, $3::text::xid8, $4::text::int)
          AND (tx < pg_snapshot_xmin(pg_current_snapshot())
            OR generation < (SELECT generation FROM hub.state))
          ${conditions.join(' ')}
        ORDER BY generation, tx, idx LIMIT $5::text::int
      ) AS candidates
    ), page AS (SELECT * FROM found WHERE bytes_before < $6::text::bigint OR bytes_before = 0)
    SELECT count(*)::text AS count, (SELECT count(*) FROM found)::text AS found,
      string_agg(${elementSql(format)}, E'${SEPARATORS[format]}' ORDER BY generation, tx, idx) AS text,
      (SELECT generation || '.' || tx::text || '.' || idx FROM page
       ORDER BY generation DESC, tx DESC, idx DESC LIMIT 1) AS last
    FROM page`
  return { sql, params }
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
