import type postgres from 'postgres'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { post } from '../../fixtures/hub/client.ts'
import { as, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { tokenFor, type TestHub } from '../../fixtures/hub/hub.ts'
import { sessionOf } from '../../fixtures/hub/session.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import type { Database, Session } from '../../packages/hub/src/database/database.ts'
import { resolveConflict } from '../../packages/hub/src/ingest/conflicts.ts'
import { retain } from '../../packages/hub/src/operating/retention.ts'
import { verifyTenant } from '../../packages/hub/src/operating/verify.ts'
import { listTenants, setRetention } from '../../packages/hub/src/tenants/tenants.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()

/**
 * What verification cannot know, by the reason: a column, or one change of it. Whatever is not here
 * is told. Ids of which retention has removed the text are `event_key_removed`.
 */
const NOT_KNOWN: Readonly<Record<string, readonly string[]>> = {
  'a name for people': ['state.instance_id', 'migration.name'],
  'another history only begins a new generation': ['state.history'],
  'as after a recovery: places go on above it': ['state.generation more'],
  'the schema itself is not read': ['migration.number'],
  'a note for people': ['migration.applied_at', 'tenant.created_at'],
  'what an operator set': [
    ...of('tenant', 'name, retention_days, revoked_at'),
    ...of(
      'token',
      'id, tenant_id, hash, label, scopes, requests_per_second, created_at, expires_at, revoked_at, life',
    ),
  ],
  'it is contradicted only by what is gone and may not be': [
    ...of('tenant', 'dropped_before more, dropped_before less'),
  ],
  'its text is gone': [
    ...of('event_key_removed', 'event_id, digest, generation less, tx, idx, stored_at'),
  ],
  'seen, kept once': [
    ...of('conflict', 'times, first_seen_at, last_seen_at'),
    ...of('producer', 'instance, first_seen_at, last_seen_at, incident, incident_at'),
    ...of('machine', 'tenant_id, node_id, first_heard_at, last_heard_at, oldest_event_at'),
    ...of('arrival', 'received_at, duplicates, refused'),
    ...of('idempotency', 'created_at'),
  ],
  'a decision of a person, kept once': ['conflict.decided_at'],
  'events do not keep the numbers they came with; what has arrived never gets less': [
    ...of('producer', 'tenant_id, producer_id, epoch'),
    ...of('sequence', 'tenant_id, producer_id, epoch, first, last'),
  ],
  'a row that stored nothing changes no sum': ['arrival.tenant_id'],
  'an answer that promised nothing, or of no tenant, is compared with nothing': [
    'idempotency.tenant_id',
  ],
  'a name that a sender chose': ['idempotency.key'],
  'the body of the request is not kept': ['idempotency.request_digest'],
  'readers are only told too often that something is gone': [
    'dropped.generation more',
    'dropped.tx more',
    'dropped.idx more',
  ],
}

function of(table: string, columns: string): string[] {
  return columns.split(', ').map((column) => `${table}.${column}`)
}

/** Other values of a column of each type, by the kind of the change. */
const CHANGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  integer: { more: 'COLUMN + 1', less: 'COLUMN - 1' },
  bigint: { more: 'COLUMN + 1', less: 'COLUMN - 1' },
  xid8: {
    more: '(COLUMN::text::bigint + 1)::text::xid8',
    less: '(COLUMN::text::bigint - 1)::text::xid8',
  },
  text: { other: `'x' || COLUMN`, shorter: 'left(COLUMN, -1)' },
  uuid: { other: 'gen_random_uuid()' },
  bytea: { other: `sha256('other')` },
  boolean: { other: 'NOT COLUMN' },
  interval: { more: `coalesce(COLUMN, '0') + interval '1 day'` },
  ARRAY: { other: `'{admin}'` },
  'timestamp with time zone': {
    more: `COLUMN + interval '1 day'`,
    less: `COLUMN - interval '1 day'`,
  },
}

interface Column {
  readonly table: string
  readonly column: string
  readonly type: string
  readonly nullable: boolean
}

describe.skipIf(missing !== undefined)(`tampering on PostgreSQL ${missing ?? ''}`, () => {
  let world: HubWorld
  let hub: TestHub

  beforeAll(async () => {
    world = await hubWorld('first')
    ;({ hub } = world)
    await filled('kept')
    await filled('removed')
    await as(world.database, (sql) =>
      sql.unsafe(`UPDATE hub.event SET received_at = '2020-01-15' WHERE ${REMOVED};
        UPDATE hub.event_key SET stored_at = '2020-01-15' WHERE ${REMOVED}`),
    )
    await setRetention(hub.database, 'removed', 30)
    await retain(hub.database)
    await tokenFor(world.database, 'empty')
    await as(world.database, (sql) =>
      sql.unsafe(`UPDATE hub.token SET expires_at = now(), revoked_at = now();
        UPDATE hub.tenant SET revoked_at = now()`),
    )
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const REMOVED = `tenant_id = (SELECT id FROM hub.tenant WHERE name = 'removed')`

  /** A tenant with everything that a tenant can have. */
  async function filled(tenant: string): Promise<void> {
    const token = await tokenFor(world.database, tenant)
    const events = Array.from({ length: 4 }, () => anEvent())
    events.push(anEvent({ event_id: 'F47AC10B-58CC-4372-A567-0E02B2C3D479' }))
    const producer = { id: 'journal', epoch: 1 }
    const numbers = { sequences: [1, 2, 4, 5, 6], skipped: [[3, 3]] }
    const numbered = { ...producer, instance: 'here', ...numbers }
    const texts = events.map((event) => JSON.stringify(event))
    await post(hub, token, texts, { 'idempotency-key': 'first' }, numbered)
    await post(hub, token, [...texts.slice(0, 1), '{}', JSON.stringify(anEvent())])
    await post(hub, token, [], {}, { ...producer, instance: 'copy' })
    const other = events.slice(1).map((event) => JSON.stringify({ ...event, build_id: 'other' }))
    await post(hub, token, other, { 'idempotency-key': 'second' })
    const id = (await listTenants(hub.database)).find(({ name }) => name === tenant)!.id
    await resolveConflict(hub.database, id, events[1]!.event_id, 'stored')
    await resolveConflict(hub.database, id, events[2]!.event_id, 'incoming')
    await resolveConflict(hub.database, id, events[4]!.event_id, 'incoming')
  }

  async function isTold(session: Session): Promise<boolean> {
    const inside = <T>(_: string, body: (session: Session) => Promise<T>): Promise<T> =>
      body(session)
    const database: Database = {
      ...hub.database,
      asTenant: inside,
      asOperator: (body) => body(session),
    }
    for (const tenant of await listTenants(database))
      if (!(await verifyTenant(database, tenant)).ok) return true
    return false
  }

  spec('SYNC/FR-018', 'what nobody has altered is as it was noted', async () => {
    await as(world.database, async (sql) => {
      await sql.unsafe('BEGIN')
      expect(await isTold(sessionOf(sql))).toBe(false)
    })
  })

  spec(
    ['SYNC/FR-018', 'SYNC/NFR-006'],
    'whatever column of whatever table is altered, verification tells it, or a list says why it cannot know',
    async () => {
      const notTold = new Set<string>()
      await as(world.database, async (sql) => {
        for (const column of await columnsIn(sql)) {
          const changes = changesOf(column)
          for (const [kind, value] of Object.entries(changes)) {
            const rows = await rowsOf(sql, column.table)
            for (const { place, label } of rows) {
              await sql.unsafe('BEGIN')
              const wanted = value.replaceAll('COLUMN', column.column)
              const isAltered = await sql
                .unsafe(
                  `UPDATE hub.${column.table} SET ${column.column} = ${wanted}
                   WHERE ${place} AND ${column.column} IS DISTINCT FROM ${wanted}`,
                )
                .then(
                  ({ count }) => count > 0,
                  () => false,
                )
              if (isAltered && !(await isTold(sessionOf(sql))))
                notTold.add(`${label}.${column.column} ${kind}`)
              await sql.unsafe('ROLLBACK')
            }
          }
        }
      })
      const listed = Object.values(NOT_KNOWN).flat()
      const isListed = (one: string): boolean =>
        listed.includes(one) || listed.includes(one.split(' ')[0] ?? '')
      expect([...notTold].filter((one) => !isListed(one))).toEqual([])
      const stale = listed.filter(
        (name) => ![...notTold].some((one) => one === name || one.startsWith(`${name} `)),
      )
      expect(stale).toEqual([])
    },
  )

  spec('SYNC/FR-018', 'two events that are swapped with all their notes are told', async () => {
    await as(world.database, async (sql) => {
      for (const columns of ['body', 'body, event_type, project_uuid, size_bytes, revision']) {
        const names = columns.split(', ')
        await sql.unsafe('BEGIN')
        await sql.unsafe(`
          CREATE TEMP TABLE two ON COMMIT DROP AS
            SELECT e.*, k.digest, row_number() OVER (ORDER BY e.idx) AS n
            FROM hub.event e JOIN hub.event_key k USING (tenant_id, event_id)
            WHERE tenant_id = (SELECT id FROM hub.tenant WHERE name = 'kept') ORDER BY e.idx LIMIT 2;
          UPDATE hub.event e SET ${names.map((name) => `${name} = o.${name}`).join(', ')}
            FROM two, two o WHERE e.event_id = two.event_id AND o.n = 3 - two.n;
          UPDATE hub.event_key k SET digest = o.digest
            FROM two, two o WHERE k.event_id = two.event_id AND o.n = 3 - two.n`)
        expect(await isTold(sessionOf(sql))).toBe(true)
        await sql.unsafe('ROLLBACK')
      }
    })
  })

  spec('SYNC/FR-018', 'a text that is not JSON any more is damaged, not a failure', async () => {
    await as(world.database, async (sql) => {
      for (const body of ['', 'x', '[]', 'null', '{"event_id":1}', '{"event_id":"x"}']) {
        for (const table of ['event', 'conflict']) {
          await sql.unsafe('BEGIN')
          await sql.unsafe(`UPDATE hub.${table} SET body = '${body}'`)
          await sql.unsafe(`UPDATE hub.event_key SET digest = sha256('${body}')`)
          expect([body, table, await isTold(sessionOf(sql))]).toEqual([body, table, true])
          await sql.unsafe('ROLLBACK')
        }
      }
    })
  })
})

async function columnsIn(sql: postgres.Sql): Promise<Column[]> {
  return sql.unsafe<Column[]>(`
    SELECT c.table_name AS table, c.column_name AS column, c.is_nullable = 'YES' AS nullable,
      CASE c.data_type WHEN 'USER-DEFINED' THEN c.udt_name ELSE c.data_type END AS type
    FROM information_schema.columns c JOIN pg_class t ON t.oid = ('hub.' || c.table_name)::regclass
    WHERE c.table_schema = 'hub' AND NOT t.relispartition ORDER BY 1, c.ordinal_position`)
}

function changesOf({ type, column, nullable }: Column): Readonly<Record<string, string>> {
  const changes = CHANGES[type]
  if (changes === undefined) throw new Error(`no change is known for ${type}`)
  const foreign = column === 'tenant_id' ? { foreign: '99' } : {}
  return { ...changes, ...foreign, ...(nullable && { nothing: 'NULL' }) }
}

/** Each row of a table, and what it is called in the list. */
async function rowsOf(
  sql: postgres.Sql,
  table: string,
): Promise<readonly { place: string; label: string }[]> {
  const label =
    table === 'event_key'
      ? `CASE WHEN EXISTS (SELECT FROM hub.event e WHERE e.event_id = r.event_id AND e.tenant_id = r.tenant_id)
         THEN 'event_key' ELSE 'event_key_removed' END`
      : `'${table}'`
  return sql.unsafe(`
    SELECT format('tableoid = %s AND ctid = %L', r.tableoid, r.ctid) AS place, ${label} AS label
    FROM hub.${table} r`)
}
