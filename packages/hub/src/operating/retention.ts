import { textIn, type Database, type Session } from '../database/database.ts'
import { ensurePartitions } from '../schema/partitions.ts'

export interface RetentionReport {
  /** Partitions that were dropped, because all of their events were too old for every tenant. */
  readonly dropped: readonly string[]
  /** Events deleted one by one, of tenants that keep less than others. */
  readonly deleted: number
}

const LOCK = 'SELECT pg_advisory_xact_lock(7305808869229539)'
const KEEP_ANSWERS_DAYS = 7
const KEEP_ARRIVALS_DAYS = 90

/**
 * Removes the bodies of events that are older than their tenant keeps them. Their ids and digests stay
 * for ever, so a producer that comes back after years is still recognised. Whole months are dropped as
 * partitions; only tenants with a shorter time than the others cost deletions.
 */
export async function retain(database: Database): Promise<RetentionReport> {
  return database.asOperator(async (session) => {
    await session.query(LOCK)
    await ensurePartitions(session)
    const dropped = await dropPartitions(session)
    const deleted = await deleteRows(session)
    await session.query(`
      UPDATE hub.tenant SET dropped_before = greatest(dropped_before,
        now() - retention_days * interval '1 day') WHERE retention_days IS NOT NULL;
      DELETE FROM hub.idempotency WHERE created_at < now() - interval '${KEEP_ANSWERS_DAYS} days'`)
    await foldArrivals(session)
    return { dropped, deleted }
  })
}

/** A tenant without a retention time keeps its events for ever, and with them their partition. */
async function dropPartitions(session: Session): Promise<string[]> {
  const rows = await session.query(`
    SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'hub.event'::regclass AND c.relname ~ '^event_\\d{4}_\\d\\d$' ORDER BY 1`)
  const dropped: string[] = []
  for (const row of rows) {
    const name = textIn(row, 'name')
    const [end] = await session.query(
      `SELECT (to_date($1::text, '"event_"YYYY_MM')::timestamp AT TIME ZONE 'UTC' + interval '1 month' <= now())::text AS past`,
      [name],
    )
    if (end?.['past'] !== 'true') continue
    const [young] = await session.query(`SELECT EXISTS (
      SELECT FROM hub.tenant t WHERE EXISTS (
        SELECT FROM hub.${name} e WHERE e.tenant_id = t.id AND (t.retention_days IS NULL
          OR e.received_at >= now() - t.retention_days * interval '1 day')))::text AS found`)
    if (young?.['found'] === 'true') continue
    await session.query(`DROP TABLE hub.${name}`)
    dropped.push(name)
  }
  return dropped
}

async function deleteRows(session: Session): Promise<number> {
  const [row] = await session.query(`
    WITH gone AS (
      DELETE FROM hub.event e USING hub.tenant t
      WHERE t.id = e.tenant_id AND e.received_at < now() - t.retention_days * interval '1 day'
      RETURNING 1)
    SELECT count(*)::text AS count FROM gone`)
  return Number(row?.['count'])
}

/** Old arrivals become one row a tenant and day: the total stays true, the table stays small. */
async function foldArrivals(session: Session): Promise<void> {
  await session.query(`
    WITH old AS (
      DELETE FROM hub.arrival WHERE received_at < now() - interval '${KEEP_ARRIVALS_DAYS} days'
      RETURNING *)
    INSERT INTO hub.arrival
    SELECT tenant_id, date_trunc('day', received_at), least(sum(stored), 2147483647)::int,
      least(sum(duplicates), 2147483647)::int, least(sum(refused), 2147483647)::int
    FROM old GROUP BY 1, 2`)
}
