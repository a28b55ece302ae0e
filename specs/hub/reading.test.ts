import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post, readAll } from '../../fixtures/hub/client.ts'
import { as, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { referenceConsumer } from '../../fixtures/hub/consumer.ts'
import { hubOn, tokenFor, type TestHub } from '../../fixtures/hub/hub.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import { START } from '../../packages/hub/src/reading/cursor.ts'
import { readPage } from '../../packages/hub/src/reading/page.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()
const text = (fields: object = {}): string => JSON.stringify(anEvent(fields))

describe.skipIf(missing !== undefined)(`reading on PostgreSQL ${missing ?? ''}`, () => {
  let world: HubWorld
  let database: string
  let hub: TestHub
  let token: string

  beforeAll(async () => {
    world = await hubWorld()
    ;({ database, hub, token } = world)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  /** Stores rows as a hub does, in a transaction that stays open until it is told how to end. */
  async function openWriter(
    ids: readonly string[],
  ): Promise<(end: 'COMMIT' | 'ROLLBACK') => Promise<void>> {
    const started = Promise.withResolvers<undefined>()
    const end = Promise.withResolvers<'COMMIT' | 'ROLLBACK'>()
    const done = as(database, async (sql) => {
      await sql.unsafe('BEGIN')
      for (const [idx, id] of ids.entries())
        await sql.unsafe(
          `INSERT INTO hub.event (tenant_id, generation, tx, idx, received_at, event_id, event_type,
             project_uuid, size_bytes, body)
           VALUES (1, 1, pg_current_xact_id(), ${idx}, now(), gen_random_uuid(), 'T',
             gen_random_uuid(), 20, '{"event_id":"${id}"}')`,
        )
      started.resolve(undefined)
      await sql.unsafe(await end.promise)
    })
    await started.promise
    return async (how) => {
      end.resolve(how)
      await done
    }
  }

  spec(
    'SYNC/NFR-003',
    'a reader never skips or doubles a row, whatever order writers end in',
    async () => {
      const step = fc.oneof(
        fc.record({ kind: fc.constant('open' as const), rows: fc.integer({ min: 1, max: 4 }) }),
        fc.record({
          kind: fc.constantFrom('COMMIT' as const, 'ROLLBACK' as const),
          which: fc.nat(20),
        }),
        fc.record({ kind: fc.constant('read' as const), limit: fc.integer({ min: 1, max: 5 }) }),
      )
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
          run += 1
          let after = (
            await readPage(hub.database, {
              tenantId: '1',
              after: START,
              filter: {},
              limit: 100_000,
              maxBytes: 1e9,
            })
          ).next
          const open: { ids: string[]; end: (how: 'COMMIT' | 'ROLLBACK') => Promise<void> }[] = []
          const committed: string[] = []
          const seen: string[] = []
          const read = async (limit: number): Promise<number> => {
            const page = await readPage(hub.database, {
              tenantId: '1',
              after,
              filter: {},
              limit,
              maxBytes: 1e9,
            })
            seen.push(
              ...[...page.bytes.toString().matchAll(/"event_id":"([^"]+)"/g)].map(
                ([, id]) => id ?? '',
              ),
            )
            after = page.next
            return page.count
          }
          for (const [index, one] of steps.entries()) {
            if (one.kind === 'open') {
              const ids = Array.from({ length: one.rows }, (_, row) => `${run}-${index}-${row}`)
              open.push({ ids, end: await openWriter(ids) })
            } else if (one.kind === 'read') await read(one.limit)
            else {
              const [writer] = open.splice(one.which % Math.max(1, open.length), 1)
              await writer?.end(one.kind)
              if (one.kind === 'COMMIT') committed.push(...(writer?.ids ?? []))
            }
          }
          for (const writer of open) {
            await writer.end('COMMIT')
            committed.push(...writer.ids)
          }
          while ((await read(3)) > 0);
          expect(seen.toSorted()).toEqual(committed.toSorted())
        }),
        { numRuns: 8 },
      )
    },
  )

  spec(
    'SYNC/NFR-003',
    'the same history makes a reader of a plain bigserial lose a row',
    async () => {
      await as(database, (sql) =>
        sql.unsafe('CREATE TABLE plain (position bigserial PRIMARY KEY, id text)'),
      )
      const slow = as(database, async (sql) => {
        await sql.unsafe('BEGIN')
        await sql.unsafe(`INSERT INTO plain (id) VALUES ('slow')`)
        began.resolve(undefined)
        await finish.promise
        await sql.unsafe('COMMIT')
      })
      const began = Promise.withResolvers<undefined>()
      const finish = Promise.withResolvers<undefined>()
      await began.promise
      const seen: string[] = []
      let last = '0'
      const poll = (): Promise<void> =>
        as(database, async (sql) => {
          const rows = await sql.unsafe<{ id: string; position: string }[]>(
            `SELECT id, position FROM plain WHERE position > ${last} ORDER BY position`,
          )
          seen.push(...rows.map(({ id }) => id))
          last = rows.at(-1)?.position ?? last
        })
      await as(database, (sql) => sql.unsafe(`INSERT INTO plain (id) VALUES ('quick')`))
      await poll()
      finish.resolve(undefined)
      await slow
      await poll()
      expect(seen).toEqual(['quick'])
    },
  )

  spec('SYNC/FR-007', 'filters by project and type, within the same order', async () => {
    const project = '11111111-2222-4333-8444-555555555555'
    await post(hub, token, [
      text({ project_uuid: project }),
      text(),
      text({ project_uuid: project, event_type: 'Other' }),
    ])
    const types = async (query: string): Promise<unknown[]> =>
      (await readAll(hub, token, 1, query)).map(({ event }) => event['event_type'])
    expect(await types(`&project=${project}`)).toEqual(['WPCreated', 'Other'])
    expect(await types(`&project=${project}&type=Other`)).toEqual(['Other'])
    expect(await types(`&type=${encodeURIComponent("x' OR '1'='1")}`)).toEqual([])
    for (const query of [
      'project=x',
      'limit=0',
      'limit=1;DROP',
      'after=1.2',
      'typo=1',
      'type=a&type=b',
      'type=%00',
    ])
      expect((await get(hub, token, `/api/v1/events?${query}`)).status).toBe(400)
    for (const path of ['?all=yes', '?all=', `/${anEvent().event_id}?all=true`])
      expect([path, (await get(hub, token, `/api/v1/conflicts${path}`)).status]).toEqual([
        path,
        400,
      ])
    expect((await get(hub, token, '/api/v1/conflicts?all=false')).status).toBe(200)
  })

  spec('SYNC/FR-007', 'the plan of a filtered page uses an index', async () => {
    const plan = await as(database, async (sql) => {
      await sql.unsafe('SET enable_seqscan = off')
      const rows = await sql.unsafe<{ 'QUERY PLAN': string }[]>(
        `EXPLAIN SELECT * FROM hub.event WHERE tenant_id = 1 AND event_type = 'x'
           AND (generation, tx, idx) > (1, '5'::xid8, 0) ORDER BY generation, tx, idx LIMIT 5`,
      )
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    })
    expect(plan).toMatch(/Index Scan using event_\S+type\S*_idx/)
    expect(plan).not.toMatch(/Sort {2}\(|Seq Scan/)
  })

  spec(
    'SYNC/FR-007',
    'a live stream continues after its last cursor, through a cut connection',
    async () => {
      const other = await tokenFor(database, 'streams')
      const first = [text(), text()]
      await post(hub, other, first)
      const seen: string[] = []
      let cursor = '0'
      const follow = async (until: number): Promise<void> => {
        const stop = new AbortController()
        await referenceConsumer(hub.url, other, cursor, stop.signal, (event, place) => {
          seen.push(event.event_id)
          cursor = place
          if (seen.length === until) stop.abort()
        })
      }
      await follow(2)
      const more = follow(4)
      await post(hub, other, [text()])
      await post(hub, other, [text()])
      await more
      expect(seen).toHaveLength(4)
      expect(new Set(seen)).toEqual(
        new Set((await readAll(hub, other)).map(({ event }) => event.event_id)),
      )
    },
  )

  spec(
    'SYNC/NFR-006',
    'after a restore into a cluster with lower transaction ids new events sort above',
    async () => {
      const restored = await world.cluster.createDatabase()
      const secret = await tokenFor(restored, 'acme')
      const before = await hubOn(restored)
      await post(before, secret, [text()])
      await before[Symbol.asyncDispose]()
      await as(restored, (sql) =>
        sql.unsafe(
          `UPDATE hub.event SET tx = '900000000'; UPDATE hub.event_key SET tx = '900000000'`,
        ),
      )
      await using after = await hubOn(restored)
      const [old] = await readAll(after, secret)
      await post(after, secret, [text()])
      const later = await get(after, secret, `/api/v1/events?after=${old!.cursor}`)
      expect((later.json['events'] as unknown[]).length).toBe(1)
    },
  )
})
