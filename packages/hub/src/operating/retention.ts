import { codeOf } from '../base/errors.ts'
import { textIn, type Database, type Session } from '../database/database.ts'
import { ensurePartitions, LOCK_NOT_GIVEN, SHORT_WAIT } from '../schema/partitions.ts'

export interface RetentionReport {
  /** Partitions that were dropped, because all of their events were too old for every tenant. */
  readonly dropped: readonly string[]
  /** Partitions that somebody was reading for long; they are dropped the next time. */
  readonly busy: readonly string[]
  /** Events deleted one by one, of tenants that keep less than others. */
  readonly deleted: number
}

const LOCK = 'SELECT pg_advisory_xact_lock(7305808869229539)'
const KEEP_ANSWERS_DAYS = 7
const KEEP_ARRIVALS_DAYS = 90

/**
 * Removes the bodies of events that are older than their tenant keeps them. Their ids and digests stay
 * for ever, so a producer that comes back after years is still recognised. Whole months are dropped as
 * partitions; only tenants with a shorter time than the others cost deletions. It is done in many short
 * transactions: readers wait for every transaction that writes, and everybody waits for one that has
 * changed the partitions.
 * @param onStep learns what is removed now
 */
export async function retain(
  database: Database,
  onStep: (what: string) => void = () => undefined,
): Promise<RetentionReport> {
  const step = <T>(body: (session: Session) => Promise<T>): Promise<T> =>
    database.asOperator(async (session) => {
      await session.query(LOCK)
      return body(session)
    })
  await step(ensurePartitions)
  const dropped: string[] = []
  const busy: string[] = []
  for (const name of await step(pastPartitions)) {
    onStep(`looking at ${name}`)
    const outcome = await step((session) => dropPartition(session, name)).catch(busyOrThrow)
    if (outcome === 'dropped') dropped.push(name)
    else if (outcome === 'busy') busy.push(name)
  }
  let deleted = 0
  for (const tenant of await step(tenantsWithEnd))
    for (let more = true; more;) {
      const count = await step((session) => deleteSome(session, tenant))
      deleted += count
      onStep(`${deleted} events deleted`)
      more = count > 0
    }
  await step(tidyUp)
  return { dropped, busy, deleted }
}

function busyOrThrow(cause: unknown): 'busy' {
  if (codeOf(cause) !== LOCK_NOT_GIVEN) throw cause
  return 'busy'
}

const MONTH_END = `(to_date(c.relname, '"event_"YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC'`

async function pastPartitions(session: Session): Promise<string[]> {
  const rows = await session.query(`
    SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'hub.event'::regclass AND c.relname ~ '^event_\\d{4}_\\d\\d$'
      AND ${MONTH_END} <= now()
    ORDER BY 1`)
  return rows.map((row) => textIn(row, 'name'))
}

/**
 * A tenant without a retention time keeps its events for ever, and with them their partition. The lock
 * comes first: nobody may store or read there between the look and the end.
 */
async function dropPartition(session: Session, name: string): Promise<'dropped' | 'kept'> {
  if (await isNeeded(session, name)) return 'kept'
  await session.query(SHORT_WAIT)
  await session.query('LOCK TABLE ONLY hub.event IN ACCESS EXCLUSIVE MODE')
  if (await isNeeded(session, name)) return 'kept'
  await session.query(`
    INSERT INTO hub.dropped AS d (tenant_id, generation, tx, idx)
    SELECT t.id, last.generation, last.tx, last.idx FROM hub.tenant t, LATERAL (
      SELECT e.generation, e.tx, e.idx FROM hub.${name} e WHERE e.tenant_id = t.id
      ORDER BY e.generation DESC, e.tx DESC, e.idx DESC LIMIT 1) last
    ${KEEP_LAST}`)
  await session.query(NOTE_TIME)
  await session.query(`DROP TABLE hub.${name}`)
  return 'dropped'
}

/** For verification: an event before that time is not lost. */
const NOTE_TIME = `
  UPDATE hub.tenant SET dropped_before = greatest(dropped_before,
    now() - retention_days * interval '1 day') WHERE retention_days IS NOT NULL`

/** Readers that have not come so far are told. */
const KEEP_LAST = `
  ON CONFLICT (tenant_id) DO UPDATE
    SET generation = excluded.generation, tx = excluded.tx, idx = excluded.idx
    WHERE (d.generation, d.tx, d.idx) < (excluded.generation, excluded.tx, excluded.idx)`

/** Whether a tenant that has events there keeps them beyond the end of that month. */
async function isNeeded(session: Session, name: string): Promise<boolean> {
  const [there] = await session.query(`SELECT to_regclass('hub.${name}')::text AS name`)
  if (there?.['name'] === null) return true
  const [kept] = await session.query(`SELECT EXISTS (
    SELECT FROM hub.tenant t WHERE (t.retention_days IS NULL
        OR (${MONTH_END.replace('c.relname', `'${name}'`)}) > now() - t.retention_days * interval '1 day')
      AND EXISTS (SELECT FROM hub.${name} e WHERE e.tenant_id = t.id))::text AS found`)
  return kept?.['found'] === 'true'
}

async function tenantsWithEnd(session: Session): Promise<string[]> {
  const rows = await session.query(
    'SELECT id::text FROM hub.tenant WHERE retention_days IS NOT NULL ORDER BY id',
  )
  return rows.map((row) => textIn(row, 'id'))
}

const EVENTS_A_STEP = 5_000

async function deleteSome(session: Session, tenant: string): Promise<number> {
  await session.query(NOTE_TIME)
  const [row] = await session.query(
    `WITH old AS (
       SELECT e.tenant_id, e.generation, e.tx, e.idx, e.received_at
       FROM hub.event e JOIN hub.tenant t ON t.id = e.tenant_id
       WHERE e.tenant_id = $1::text::int
         AND e.received_at < now() - t.retention_days * interval '1 day'
       ORDER BY e.generation, e.tx, e.idx LIMIT ${EVENTS_A_STEP}
     ), last AS (
       INSERT INTO hub.dropped AS d (tenant_id, generation, tx, idx)
       SELECT tenant_id, generation, tx, idx FROM old ORDER BY generation DESC, tx DESC, idx DESC LIMIT 1
       ${KEEP_LAST}
     ), gone AS (
       DELETE FROM hub.event e USING old WHERE e.tenant_id = old.tenant_id
         AND e.generation = old.generation AND e.tx = old.tx AND e.idx = old.idx
         AND e.received_at = old.received_at
       RETURNING 1)
     SELECT count(*)::text AS count FROM gone`,
    [tenant],
  )
  return Number(row?.['count'])
}

async function tidyUp(session: Session): Promise<void> {
  await session.query(
    `DELETE FROM hub.idempotency WHERE created_at < now() - interval '${KEEP_ANSWERS_DAYS} days'`,
  )
  await foldArrivals(session)
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
