import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post, readAll, type Reply } from '../../fixtures/hub/client.ts'
import { as, startCluster, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { hubOn, tokenFor, type TestHub } from '../../fixtures/hub/hub.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import { main } from '../../packages/hub/src/main.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()
const text = (fields: object = {}): string => JSON.stringify(anEvent(fields))

/** What a cursor promises where places are gone or come again: retention, recovery, another hub. */
describe.skipIf(missing !== undefined)(`cursors on PostgreSQL ${missing ?? ''}`, () => {
  let world: HubWorld
  let database: string
  let hub: TestHub

  beforeAll(async () => {
    world = await hubWorld('first')
    ;({ database, hub } = world)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  async function command(...words: string[]): Promise<string> {
    let out = ''
    const io = { out: (more: string) => void (out += more), err: () => undefined }
    const code = await main([...words, '--database', database], io)
    return code === 0 ? out : `exit code ${code}`
  }

  /** Makes what a tenant has stored so far older than anything it keeps. */
  async function aged(tenant: string): Promise<void> {
    await as(database, (sql) =>
      sql.unsafe(`
        CREATE TABLE IF NOT EXISTS hub.event_2020_01 PARTITION OF hub.event
          FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-02-01 00:00:00+00');
        UPDATE hub.event SET received_at = '2020-01-15'
          WHERE tenant_id = (SELECT id FROM hub.tenant WHERE name = '${tenant}');
        UPDATE hub.event_key SET stored_at = '2020-01-15'
          WHERE tenant_id = (SELECT id FROM hub.tenant WHERE name = '${tenant}')`),
    )
    await command('tenant', 'retain', tenant, '30')
  }

  async function untilTaken(
    target: TestHub,
    token: string,
    events: readonly string[],
  ): Promise<void> {
    let reply: Reply
    do reply = await post(target, token, events)
    while (reply.status === 503)
    expect(reply.status).toBe(200)
  }

  const idsAfter = async (target: TestHub, token: string, after: string): Promise<string[]> => {
    const { json } = await get(target, token, `/api/v1/events?after=${after}`)
    return (json['events'] as { event: { event_id: string } }[]).map((one) => one.event.event_id)
  }

  spec(
    ['SYNC/NFR-003', 'SYNC/NFR-006'],
    'a server that is recovered to an earlier time under a running hub makes no reader miss an event',
    async () => {
      await using own = await startCluster()
      const place = await own.createDatabase()
      const token = await tokenFor(place, 'acme')
      await using here = await hubOn(place)
      await post(here, token, [text()])
      await own.backUp()
      const later = Array.from({ length: 6 }, () => anEvent())
      for (const event of later) await untilTaken(here, token, [JSON.stringify(event)])
      for (let round = 0; round < 30; round += 1)
        await as(place, (sql) => sql.unsafe('SELECT pg_current_xact_id()'))
      const last = anEvent()
      await post(here, token, [JSON.stringify(last)])
      const { cursor } = (await readAll(here, token)).at(-1)!
      for (const times of [1, 2]) {
        await own.recover()
        const fresh = anEvent()
        for (const event of [...later, fresh])
          await untilTaken(here, token, [JSON.stringify(event)])
        const again = [...later, fresh].map((event) => event.event_id)
        expect([times, await idsAfter(here, token, cursor)]).toEqual([times, again])
      }
    },
  )

  spec('SYNC/FR-007', 'a cursor that this database has never given is refused', async () => {
    const token = await tokenFor(database, 'forged')
    await post(hub, token, [text()])
    for (const cursor of ['999999999.0.0', '1.9999999999999999999.0', '2.1.0']) {
      for (const path of ['/api/v1/events', '/api/v1/events/stream']) {
        const reply = await get(hub, token, `${path}?after=${cursor}`)
        expect(reply).toMatchObject({ status: 400, json: { type: '/problems/cursor-unknown' } })
      }
    }
  })

  spec(
    ['SYNC/FR-007', 'SYNC/FR-010'],
    'a reader whose events retention has removed is told, by pages and by the stream',
    async () => {
      const token = await tokenFor(database, 'retained')
      for (let count = 0; count < 3; count += 1) await post(hub, token, [text()])
      const [first, , third] = await readAll(hub, token)
      await aged('retained')
      expect(await command('retain')).toContain('event_2020_01')
      await post(hub, token, [text()])
      for (const path of ['/api/v1/events', '/api/v1/events/stream']) {
        const reply = await get(hub, token, `${path}?after=${first!.cursor}`)
        expect(reply).toMatchObject({ status: 410, json: { type: '/problems/events-dropped' } })
      }
      expect(await idsAfter(hub, token, third!.cursor)).toHaveLength(1)
      expect(await readAll(hub, token, 1)).toHaveLength(1)
    },
  )

  spec(
    ['SYNC/FR-007', 'SYNC/FR-010'],
    'a reader of rare events that has looked at everything is not told of events it did not ask for',
    async () => {
      const token = await tokenFor(database, 'rare')
      await post(hub, token, [text({ event_type: 'Rare' })])
      await post(hub, token, [text(), text()])
      const query = '&type=Rare'
      const [rare] = await readAll(hub, token, 500, query)
      const next = async (after: string): Promise<unknown> =>
        (await get(hub, token, `/api/v1/events?after=${after}${query}`)).json['next']
      const looked = String(await next(rare!.cursor))
      await aged('rare')
      await command('retain')
      expect((await get(hub, token, `/api/v1/events?after=${looked}${query}`)).status).toBe(200)
      await post(hub, token, [text({ event_type: 'Rare' })])
      const { json } = await get(hub, token, `/api/v1/events?after=${looked}${query}`)
      expect(json['events']).toHaveLength(1)
    },
  )

  spec(
    ['SYNC/FR-007', 'SYNC/FR-018'],
    'a transaction that somebody leaves open delays readers, and the overview says for how long',
    async () => {
      const token = await tokenFor(database, 'delayed')
      const waits = async (): Promise<unknown> =>
        (await get(hub, token, '/api/v1/overview')).json['readers_wait_seconds']
      await as(world.cluster.url('postgres'), async (sql) => {
        await sql.unsafe('BEGIN')
        await sql.unsafe('SELECT pg_current_xact_id()')
        expect(await waits()).toBeNull()
        await post(hub, token, [text()])
        expect(await readAll(hub, token)).toEqual([])
        expect(await waits()).toEqual(expect.any(Number))
        await sql.unsafe('COMMIT')
      })
      expect(await readAll(hub, token)).toHaveLength(1)
      expect(await waits()).toBeNull()
    },
  )

  spec(
    'SYNC/FR-010',
    'retention leaves a partition that somebody reads for the next time, and nobody waits for it',
    async () => {
      const token = await tokenFor(database, 'busy')
      await post(hub, token, [text()])
      await aged('busy')
      await as(database, async (sql) => {
        await sql.unsafe('BEGIN')
        await sql.unsafe('SELECT count(*) FROM hub.event')
        const retained = command('retain')
        expect((await post(hub, token, [text()])).status).toBe(200)
        expect(await retained).toContain('in use, dropped the next time: event_2020_01')
        await sql.unsafe('COMMIT')
      })
      expect(await command('retain')).toContain('partitions dropped: ')
      expect(await command('verify', '--tenant', 'busy')).toContain('everything is as it was noted')
    },
  )

  spec(
    ['SYNC/FR-010', 'SYNC/NFR-003'],
    'retention deletes in short transactions, because readers wait for each one that writes',
    async () => {
      const token = await tokenFor(database, 'many')
      await post(hub, token, [text()])
      await as(database, (sql) =>
        sql.unsafe(`
          INSERT INTO hub.event SELECT tenant_id, generation, tx, idx + n, '2021-05-05', gen_random_uuid(),
            event_type, project_uuid, 1, size_bytes, body
          FROM hub.event, generate_series(1, 12000) n
          WHERE tenant_id = (SELECT id FROM hub.tenant WHERE name = 'many');
          CREATE TABLE deletions (tx xid8);
          CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN INSERT INTO public.deletions VALUES (pg_current_xact_id()); RETURN NULL; END';
          CREATE TRIGGER noted AFTER DELETE ON hub.event_rest FOR EACH ROW EXECUTE FUNCTION noted()`),
      )
      await command('tenant', 'retain', 'many', '30')
      expect(await command('retain')).toMatch(/events deleted: 12000\n/)
      const [row] = await as(database, (sql) =>
        sql.unsafe('SELECT count(DISTINCT tx)::int AS transactions FROM deletions'),
      )
      expect(row!['transactions']).toBeGreaterThan(1)
    },
  )

  spec(
    ['SYNC/T066', 'SYNC/NFR-006'],
    'a month that cannot get its partition yet keeps no hub from starting, and the others get theirs',
    async () => {
      const place = await world.cluster.createDatabase()
      await tokenFor(place, 'late')
      const partitions = (): Promise<readonly { name: string; day: string }[]> =>
        as(place, (sql) => sql.unsafe<{ name: string; day: string }[]>(PARTITIONS))
      const months = await partitions()
      const [busy, free] = months.slice(-2)
      await as(place, (sql) =>
        sql.unsafe(`DROP TABLE hub.${busy!.name}, hub.${free!.name};
          INSERT INTO hub.event (tenant_id, generation, tx, idx, received_at, event_id, event_type,
            project_uuid, size_bytes, body)
          VALUES (1, 1, '1', 0, '${busy!.day}', gen_random_uuid(), 'T', gen_random_uuid(), 2, '{}')`),
      )
      await using late = await hubOn(place)
      expect((await get(late, '', '/readyz')).status).toBe(200)
      const names = (await partitions()).map(({ name }) => name)
      expect(names).toEqual(months.map(({ name }) => name).filter((name) => name !== busy!.name))
    },
  )
})

const PARTITIONS = `SELECT c.relname AS name, replace(substr(c.relname, 7), '_', '-') || '-15' AS day
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'hub.event'::regclass AND c.relname ~ '^event_\\d{4}' ORDER BY 1`
