import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { post, readAll } from '../../fixtures/hub/client.ts'
import { as, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { hubOn, tokenFor, type TestHub } from '../../fixtures/hub/hub.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import { main } from '../../packages/hub/src/main.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()

/** Damages of what a tenant has stored, each with the columns of the report that tell of it. */
const DAMAGES: Readonly<Record<string, readonly [sql: string, told: object]>> = {
  'a deleted body': ['DELETE FROM hub.event WHERE MINE AND idx = 1', { lost: 1 }],
  'a deleted id': ['DELETE FROM hub.event_key WHERE MINE AND idx = 1', { unknown: 1 }],
  'an event deleted with its id': [
    'DELETE FROM hub.event WHERE MINE AND idx = 1; DELETE FROM hub.event_key WHERE MINE AND idx = 1',
    { lost: 1 },
  ],
  'an altered body': [
    `UPDATE hub.event SET body = replace(body, 'build', 'bui1d') WHERE MINE AND idx = 1`,
    { damaged: 1 },
  ],
  'swapped digests': [
    `UPDATE hub.event_key k SET digest = o.digest FROM hub.event_key o
     WHERE k.tenant_id = o.tenant_id AND k.idx + o.idx = 1 AND k.MINE`,
    { damaged: 2 },
  ],
  'an altered type': [
    `UPDATE hub.event SET event_type = 'Other' WHERE MINE AND idx = 2`,
    { damaged: 1 },
  ],
  'an altered project': [
    'UPDATE hub.event SET project_uuid = gen_random_uuid() WHERE MINE AND idx = 2',
    { damaged: 1 },
  ],
  'an altered size': ['UPDATE hub.event SET size_bytes = 1 WHERE MINE AND idx = 2', { damaged: 1 }],
  'an altered content of a conflict': [
    `UPDATE hub.conflict SET body = '{}' WHERE MINE`,
    { damaged: 1 },
  ],
}

describe.skipIf(missing !== undefined)(`verification on PostgreSQL ${missing ?? ''}`, () => {
  let world: HubWorld
  let database: string
  let hub: TestHub

  beforeAll(async () => {
    world = await hubWorld('first')
    ;({ database, hub } = world)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  async function verified(tenant: string, place = database): Promise<[number, object]> {
    let out = ''
    const io = { out: (more: string) => void (out += more), err: () => undefined }
    const code = await main(['verify', '--tenant', tenant, '--json', '--database', place], io)
    return [code, (JSON.parse(out) as { tenants: [object] }).tenants[0]]
  }

  async function stored(tenant: string): Promise<string> {
    const token = await tokenFor(database, tenant)
    const events = [anEvent(), anEvent(), anEvent()]
    const texts = events.map((event) => JSON.stringify(event))
    const producer = { id: 'journal', epoch: 1, sequences: [1, 2, 3] }
    await post(hub, token, texts, {}, producer)
    await post(hub, token, [JSON.stringify({ ...events[0], build_id: 'other' })])
    const [row] = await as(database, (sql) =>
      sql.unsafe(`SELECT id FROM hub.tenant WHERE name = '${tenant}'`),
    )
    return `tenant_id = ${String(row!['id'])}`
  }

  for (const [place, [what, [sql, told]]] of Object.entries(DAMAGES).entries())
    spec('SYNC/FR-018', `verify tells ${what}`, async () => {
      const tenant = `damaged-${place}`
      const mine = await stored(tenant)
      expect(await verified(tenant)).toMatchObject([0, { lost: 0, unknown: 0, damaged: 0 }])
      await as(database, (admin) => admin.unsafe(sql.replaceAll('MINE', mine)))
      const all = { lost: 0, unknown: 0, damaged: 0, ...told }
      expect(await verified(tenant)).toMatchObject([1, all])
    })

  spec(
    'SYNC/NFR-004',
    'texts that can be read are read by the query itself, in every spelling of their ids',
    async () => {
      const place = await world.cluster.createDatabase()
      const token = await tokenFor(place, 'spelled')
      await using here = await hubOn(place)
      const ulid = anEvent().event_id
      const ids = [
        ...[anEvent().event_id, anEvent().event_id.toLowerCase()],
        ...['7ZZZZZZZZZZZZZZZZZZZZZZZZZ', '00000000000000000000000000', ulid],
        ...['F47AC10B-58CC-4372-A567-0E02B2C3D479', 'f47ac10b58cc4372a5670e02b2c3d470'],
      ]
      await post(
        here,
        token,
        ids.map((event_id) => JSON.stringify(anEvent({ event_id }))),
      )
      await as(place, (sql) => sql.unsafe(`ALTER SYSTEM SET track_functions = 'pl'`))
      await as(place, (sql) => sql.unsafe('SELECT pg_reload_conf()'))
      const calls = (): Promise<number> =>
        as(place, async (sql) =>
          Number(
            (
              await sql`SELECT coalesce(sum(calls), 0) AS calls FROM pg_stat_user_functions
            WHERE funcname IN ('told_by', 'key_of')`
            )[0]!['calls'],
          ),
        )
      expect(await verified('spelled', place)).toMatchObject([0, { ids: ids.length, damaged: 0 }])
      expect(await calls()).toBe(0)
      const other = anEvent().event_id
      await as(place, (sql) =>
        sql.unsafe(`UPDATE hub.event SET body = replace(body, '${ulid}', '${other}')`),
      )
      expect(await verified('spelled', place)).toMatchObject([1, { damaged: 1 }])
      expect(await calls()).toBe(0)
      await as(place, (sql) => sql.unsafe(`UPDATE hub.event SET body = 'x' WHERE idx = 3`))
      expect(await verified('spelled', place)).toMatchObject([1, { damaged: 2 }])
      expect(await calls()).toBeGreaterThan(0)
    },
  )

  spec('SYNC/FR-018', 'verify tells a partition that was detached', async () => {
    await stored('detached')
    const [row] = await as(database, (sql) =>
      sql.unsafe(`SELECT tableoid::regclass::text AS name FROM hub.event LIMIT 1`),
    )
    const name = String(row!['name'])
    await as(database, (sql) => sql.unsafe(`ALTER TABLE hub.event DETACH PARTITION ${name}`))
    const [code, told] = await verified('detached')
    expect([code, told]).toMatchObject([1, { ids: 3, events: 0, lost: 3 }])
  })

  spec(
    'SYNC/FR-018',
    'the database refuses to take back what a producer has delivered',
    async () => {
      const mine = await stored('producing')
      for (const less of [
        'DELETE FROM hub.sequence',
        'UPDATE hub.sequence SET last = 2',
        'UPDATE hub.sequence SET first = 2',
        `UPDATE hub.sequence SET kind = 'skipped'`,
        'UPDATE hub.sequence SET first = first + 10, last = last + 10',
      ])
        await expect(
          as(database, (sql) => sql.unsafe(`${less} WHERE ${mine}`)),
          less,
        ).rejects.toThrow(/never taken back/)
    },
  )

  spec(
    ['SYNC/FR-018', 'SYNC/C-002'],
    'another user who owns the schema now sees every row, and verifies them',
    async () => {
      const place = await world.cluster.createDatabase()
      const token = await tokenFor(place, 'moved')
      await using here = await hubOn(place)
      await post(here, token, [JSON.stringify(anEvent())])
      await as(place, (sql) =>
        sql.unsafe(`
          CREATE ROLE keeper LOGIN;
          GRANT spec_kitty_hub_app TO keeper;
          GRANT CREATE ON DATABASE ${new URL(place).pathname.slice(1)} TO keeper;
          ALTER SCHEMA hub OWNER TO keeper;
          DO $$ DECLARE one regclass; BEGIN
            FOR one IN SELECT oid::regclass FROM pg_class
              WHERE relnamespace = 'hub'::regnamespace AND relkind IN ('r', 'p')
            LOOP EXECUTE format('ALTER TABLE %s OWNER TO keeper', one); END LOOP;
          END $$`),
      )
      const other = place.replace('postgres@', 'keeper@')
      expect(await verified('moved', other)).toMatchObject([0, { ids: 1, events: 1 }])
      await using there = await hubOn(other)
      expect((await post(there, token, [JSON.stringify(anEvent())])).status).toBe(200)
      expect(await readAll(there, token)).toHaveLength(2)
      expect(await verified('moved', place)).toMatchObject([0, { ids: 2, events: 2 }])
    },
  )
})
