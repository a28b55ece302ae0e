import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { post } from '../../fixtures/hub/client.ts'
import { as, startCluster, whyNoCluster, type Cluster } from '../../fixtures/hub/cluster.ts'
import { hubOn, tokenFor } from '../../fixtures/hub/hub.ts'
import { startWire, type Wire } from '../../fixtures/hub/wire.ts'
import type { Database, Session } from '../../packages/hub/src/database/database.ts'
import { openDatabase } from '../../packages/hub/src/index.ts'
import {
  listConflicts,
  resolveConflict,
  showConflict,
} from '../../packages/hub/src/ingest/conflicts.ts'
import { retain } from '../../packages/hub/src/operating/retention.ts'
import { verifyTenant } from '../../packages/hub/src/operating/verify.ts'
import { migrate } from '../../packages/hub/src/schema/migrate.ts'
import { MIGRATIONS } from '../../packages/hub/src/schema/migrations.ts'
import { setRetention, tenantNamed } from '../../packages/hub/src/tenants/tenants.ts'
import { createToken, listTokens, rotateToken } from '../../packages/hub/src/tenants/tokens.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()

/** Where the connection breaks: before a statement, behind its answer, or with the end of its transaction. */
const MOMENTS = ['before', 'behind', 'with the commit'] as const
type Moment = (typeof MOMENTS)[number]

/** As SIGKILL of the program and a crash of the server do it: what is open is rolled back. */
describe.skipIf(missing !== undefined)(`interrupted work on PostgreSQL ${missing ?? ''}`, () => {
  let cluster: Cluster
  let wire: Wire

  beforeAll(async () => {
    cluster = await startCluster()
    wire = await startWire(cluster.port)
  })
  afterAll(async () => {
    await wire[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  })

  /**
   * Does the work with a break at its first statement, then at its second one, and so on, until it ends
   * before the break. @param after what holds after each break
   */
  async function interrupted(
    place: () => Promise<string>,
    work: (database: Database) => Promise<unknown>,
    after: (database: Database, outcome: 'done' | 'broken') => Promise<void>,
  ): Promise<number> {
    let breaks = 0
    for (const moment of MOMENTS)
      for (let at = 1; ; at += 1) {
        const address = await place()
        const broken = await openDatabase({
          url: wire.through(address),
          folder: '',
          connections: 2,
        })
        const counter = { left: at }
        const outcome = await work(breaking(broken, counter, moment)).then(
          () => 'done' as const,
          () => 'broken' as const,
        )
        await broken.close()
        breaks += 1
        const database = await openDatabase({ url: address, folder: '', connections: 2 })
        try {
          await after(database, outcome)
        } finally {
          await database.close()
        }
        if (counter.left > 0) break
      }
    return breaks
  }

  function breaking(database: Database, counter: { left: number }, moment: Moment): Database {
    const isDue = (): boolean => {
      counter.left -= 1
      return counter.left === 0
    }
    const within =
      <T>(body: (session: Session) => Promise<T>) =>
      async (session: Session): Promise<T> => {
        const breaksAtEnd = moment === 'with the commit' && isDue()
        const result = await body({
          ...session,
          query: async (sql, params) => {
            const due = moment !== 'with the commit' && isDue()
            if (due && moment === 'before') wire.cut('reset')
            const rows = await session.query(sql, params)
            if (due && moment === 'behind') wire.cut('reset')
            return rows
          },
        })
        if (breaksAtEnd) setImmediate(() => wire.cut('reset'))
        return result
      }
    return {
      ...database,
      asTenant: (tenant, body) => database.asTenant(tenant, within(body)),
      asOperator: (body) => database.asOperator(within(body)),
    }
  }

  const isSound = async (database: Database): Promise<boolean> =>
    (await verifyTenant(database, await tenantNamed(database, 'acme'))).ok

  spec('SYNC/FR-018', 'what ends with a broken connection does not wait for its end', async () => {
    const url = wire.through(await cluster.createDatabase())
    const database = await openDatabase({ url, folder: '', connections: 2 })
    await database.asOperator((session) => session.query('SELECT 1'))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const work = database.asOperator(async (session) => {
        await session.query('SELECT 1')
        wire.cut('reset')
      })
      await expect(work).rejects.toThrow()
      // Only time would end it, and no time passes.
      await database.close()
    } finally {
      vi.useRealTimers()
    }
  })

  spec(
    'SYNC/C-006',
    'a migration is done wholly or not at all, and goes on',
    async () => {
      const breaks = await interrupted(
        () => cluster.createDatabase(),
        (database) => migrate(database),
        async (database, outcome) => {
          const { before } = await migrate(database)
          const newest = MIGRATIONS.at(-1)!.number
          expect(outcome === 'done' ? [newest] : [0, newest]).toContain(before)
          expect((await migrate(database)).pending).toEqual([])
        },
      )
      expect(breaks).toBeGreaterThan(20)
    },
    900_000,
  )

  spec('BOUNDARY/FR-007', 'a token never ends without a successor', async () => {
    const address = await cluster.createDatabase()
    await tokenFor(address, 'acme')
    await using operator = await opened(address)
    let id = ''
    await interrupted(
      async () => {
        const acme = await tenantNamed(operator.database, 'acme')
        const wishes = { label: 'old', scopes: ['read'] as const, requestsPerSecond: 1 }
        await as(address, (sql) => sql.unsafe(`DELETE FROM hub.token`))
        id = (await createToken(operator.database, acme, wishes)).token.id
        return address
      },
      (database) => rotateToken(database, id, 24),
      async (database, outcome) => {
        const tokens = await listTokens(database)
        const old = tokens.find((token) => token.id === id)
        expect(tokens.length).toBe(old?.expiresAt === null ? 1 : 2)
        if (outcome === 'done') expect(tokens).toHaveLength(2)
      },
    )
  })

  spec(
    'SYNC/FR-018',
    'a decision is taken wholly or not at all, and can be taken again',
    async () => {
      const address = await cluster.createDatabase()
      const token = await tokenFor(address, 'acme')
      await using hub = await hubOn(address)
      const { id } = await tenantNamed(hub.database, 'acme')
      for (const keep of ['incoming', 'stored'] as const) {
        let eventId = ''
        const wanted = keep === 'incoming' ? 'second' : 'first'
        await interrupted(
          async () => {
            const event = anEvent({ build_id: 'first' })
            eventId = event.event_id
            await post(hub, token, [JSON.stringify(event)])
            await post(hub, token, [JSON.stringify({ ...event, build_id: 'second' })])
            return address
          },
          (database) => resolveConflict(database, id, eventId, keep),
          async (database) => {
            const open = await listConflicts(database, id)
            const { stored } = await showConflict(database, id, eventId)
            expect(stored.text).toContain(open.length > 0 ? 'first' : wanted)
            expect(await isSound(database)).toBe(true)
            if (open.length > 0) await resolveConflict(database, id, eventId, keep)
            const again = await showConflict(database, id, eventId)
            expect(again.stored.text).toContain(wanted)
          },
        )
      }
      expect(await isSound(hub.database)).toBe(true)
    },
  )

  spec(
    'SYNC/FR-010',
    'retention that is broken off loses nothing and goes on',
    async () => {
      const address = await cluster.createDatabase()
      const token = await tokenFor(address, 'acme')
      await using hub = await hubOn(address)
      await setRetention(hub.database, 'acme', 30)
      await interrupted(
        async () => {
          const texts = Array.from({ length: 6 }, () => JSON.stringify(anEvent()))
          await post(hub, token, texts)
          await as(address, (sql) =>
            sql.unsafe(`
            CREATE TABLE IF NOT EXISTS hub.event_2020_01 PARTITION OF hub.event
              FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-02-01 00:00:00+00');
            UPDATE hub.event SET received_at = CASE WHEN idx < 3 THEN '2020-01-15'::timestamptz ELSE '2019-06-01' END
              WHERE idx < 5 AND received_at > now() - interval '1 day';
            UPDATE hub.event_key k SET stored_at = e.received_at FROM hub.event e WHERE e.event_id = k.event_id`),
          )
          return address
        },
        (database) => retain(database),
        async (database) => {
          expect(await isSound(database)).toBe(true)
          await retain(database)
          expect(await isSound(database)).toBe(true)
          const [row] = await database.lookUp(
            `SELECT count(*)::text AS old FROM hub.event WHERE received_at < now() - interval '1 day'`,
          )
          expect(row).toEqual({ old: '0' })
        },
      )
    },
    900_000,
  )
})

async function opened(url: string): Promise<{ database: Database } & AsyncDisposable> {
  const database = await openDatabase({ url, folder: '', connections: 1 })
  return { database, [Symbol.asyncDispose]: () => database.close() }
}
