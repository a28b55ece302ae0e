import { numberIn, textIn, type Database, type Session } from '../database/database.ts'
import { listProducers, type ProducerView } from './producers.ts'

export interface MachineView {
  readonly node_id: string
  readonly first_heard_at: string
  readonly last_heard_at: string
  readonly seconds_since: number
  /** How old the oldest event of its last noted batch was when it arrived. */
  readonly delivery_lag_seconds: number | null
}

export interface Overview {
  readonly tenant: string
  readonly events: number
  readonly open_conflicts: number
  /**
   * How long the oldest stored event has waited for a transaction that was open before it and still is, of
   * whatever database of that server: readers get it afterwards. Null if none waits.
   */
  readonly readers_wait_seconds: number | null
  readonly machines: readonly MachineView[]
  readonly producers: readonly ProducerView[]
  /** For each of the last 60 minutes, oldest first. */
  readonly rate: readonly Minute[]
}

export interface Minute {
  readonly minute: string
  readonly stored: number
  readonly duplicates: number
  readonly refused: number
}

/** What the page for people shows, of one tenant. */
export async function overview(
  database: Database,
  { tenantId, tenant }: { readonly tenantId: string; readonly tenant: string },
): Promise<Overview> {
  const body = await database.asTenant(tenantId, async (session) => ({
    events: await countOf(session, 'event_key', tenantId),
    open_conflicts: await countOf(session, 'conflict', tenantId, 'AND decision IS NULL'),
    readers_wait_seconds: await readersWait(session, tenantId),
    machines: await machines(session, tenantId),
    rate: await rate(session, tenantId),
  }))
  return { tenant, ...body, producers: await listProducers(database, tenantId) }
}

/** A count of every key would read the whole index; the arrivals already know it. */
async function countOf(
  session: Session,
  table: 'event_key' | 'conflict',
  tenantId: string,
  condition = '',
): Promise<number> {
  const sql =
    table === 'event_key'
      ? `SELECT coalesce(sum(stored), 0)::text AS count FROM hub.arrival WHERE tenant_id = $1::text::int`
      : `SELECT count(*)::text AS count FROM hub.conflict WHERE tenant_id = $1::text::int ${condition}`
  const [row] = await session.query(sql, [tenantId])
  return Number(row?.['count'])
}

async function readersWait(session: Session, tenantId: string): Promise<number | null> {
  const [row] = await session.query(
    `SELECT round(extract(epoch FROM now() - min(received_at)))::text AS seconds FROM hub.event
     WHERE tenant_id = $1::text::int AND generation = (SELECT generation FROM hub.state)
       AND tx >= pg_snapshot_xmin(pg_current_snapshot())`,
    [tenantId],
  )
  return numberIn(row, 'seconds')
}

async function machines(session: Session, tenantId: string): Promise<MachineView[]> {
  const rows = await session.query(
    `SELECT node_id, first_heard_at::text, last_heard_at::text,
       round(extract(epoch FROM now() - last_heard_at))::text AS seconds_since,
       round(extract(epoch FROM last_heard_at - oldest_event_at))::text AS lag
     FROM hub.machine WHERE tenant_id = $1::text::int ORDER BY last_heard_at DESC, node_id LIMIT 5000`,
    [tenantId],
  )
  return rows.map((row) => ({
    node_id: textIn(row, 'node_id'),
    first_heard_at: textIn(row, 'first_heard_at'),
    last_heard_at: textIn(row, 'last_heard_at'),
    seconds_since: Number(textIn(row, 'seconds_since')),
    delivery_lag_seconds: numberIn(row, 'lag'),
  }))
}

async function rate(session: Session, tenantId: string): Promise<Minute[]> {
  const rows = await session.query(
    `SELECT to_char(minute AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS minute,
       coalesce(sum(stored), 0)::text AS stored, coalesce(sum(duplicates), 0)::text AS duplicates,
       coalesce(sum(refused), 0)::text AS refused
     FROM generate_series(date_trunc('minute', now()) - interval '59 minutes',
       date_trunc('minute', now()), '1 minute') minute
     LEFT JOIN hub.arrival a ON a.tenant_id = $1::text::int
       AND a.received_at >= minute AND a.received_at < minute + interval '1 minute'
     GROUP BY minute ORDER BY minute`,
    [tenantId],
  )
  return rows.map((row) => ({
    minute: row['minute'] ?? '',
    stored: Number(row['stored']),
    duplicates: Number(row['duplicates']),
    refused: Number(row['refused']),
  }))
}
