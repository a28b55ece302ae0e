import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post, readAll } from '../../fixtures/hub/client.ts'
import { as, startCluster, whyNoCluster, type Cluster } from '../../fixtures/hub/cluster.ts'
import { hubProcess, tokenFor } from '../../fixtures/hub/hub.ts'
import { startWire, type Wire } from '../../fixtures/hub/wire.ts'
import { openPostgres } from '../../packages/hub/src/database/postgres.ts'
import { openDatabase } from '../../packages/hub/src/index.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()
const WAYS = ['close', 'reset'] as const

describe.skipIf(missing !== undefined)(`connections that break ${missing ?? ''}`, () => {
  let cluster: Cluster
  let database: string
  let token: string
  let wire: Wire

  beforeAll(async () => {
    cluster = await startCluster()
    database = await cluster.createDatabase()
    token = await tokenFor(database, 'acme')
    wire = await startWire(cluster.port)
  })
  afterAll(async () => {
    await wire[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  })

  /** Runs the body while nothing can be stored: a batch waits in the middle of its transaction. */
  async function whileStoringWaits(body: () => Promise<void>): Promise<void> {
    await as(database, async (sql) => {
      await sql.unsafe('BEGIN')
      await sql.unsafe('LOCK TABLE hub.event_key')
      await body()
      await sql.unsafe('COMMIT')
    })
  }

  async function untilBatchesWait(count: number): Promise<void> {
    for (;;) {
      const [row] = await as(database, (sql) =>
        sql.unsafe<{ waiting: number }[]>(
          `SELECT count(*)::int AS waiting FROM pg_locks
           WHERE NOT granted AND relation = 'hub.event_key'::regclass`,
        ),
      )
      if ((row?.waiting ?? 0) >= count) return
    }
  }

  spec(
    ['SYNC/NFR-003', 'SYNC/FR-014'],
    'a hub whose connections break in the middle of batches goes on, says 503 and stores each event once',
    async () => {
      const program = await hubProcess(wire.through(database))
      const hub = { url: program.url, endpoint: `${program.url}/api/v1/events/batch/` }
      const warm = JSON.stringify(anEvent())
      try {
        const batches = Array.from({ length: 4 }, () => [JSON.stringify(anEvent())])
        for (const how of [...WAYS, ...WAYS]) {
          // Statements that a connection has prepared go out in another way than new ones.
          for (let round = 0; round < 3; round += 1)
            await Promise.all(batches.map(() => post(hub, token, [warm])))
          await whileStoringWaits(async () => {
            const sent = batches.map((batch) => post(hub, token, batch))
            await untilBatchesWait(batches.length)
            wire.cut(how)
            for (const reply of await Promise.all(sent)) {
              expect(reply.status).toBe(503)
              expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
            }
          })
        }
        expect((await get(hub, '', '/readyz')).status).toBe(200)
        const replies = await Promise.all(batches.map((batch) => post(hub, token, batch)))
        expect(replies.map(({ status }) => status)).toEqual(batches.map(() => 200))
        expect(await readAll(hub, token)).toHaveLength(batches.length + 1)
        expect(program.process.exitCode).toBeNull()
      } finally {
        await program.end('SIGKILL')
      }
    },
  )

  spec(
    ['SYNC/NFR-003', 'SYNC/C-002'],
    'what is left of a transaction whose connection broke never runs in another one, nor outside of any',
    async () => {
      const through = await openDatabase({
        url: wire.through(database),
        folder: '',
        connections: 1,
      })
      const note = (number: number): string =>
        `INSERT INTO hub.arrival VALUES (1, now(), ${number}, 0, 0)`
      try {
        for (const [round, how] of WAYS.entries()) {
          const first = round * 10 + 1_001
          const broken = Promise.withResolvers<undefined>()
          const others = Promise.withResolvers<undefined>()
          const left = through.asTenant('1', async (session) => {
            await session.query(note(first))
            broken.resolve(undefined)
            await others.promise
            await session.query(note(first + 1))
          })
          const refused = expect(left).rejects.toThrow()
          await broken.promise
          wire.cut(how)
          const other = through.asTenant('1', async (session) => {
            await session.query(note(first + 2))
            others.resolve(undefined)
            await session.query('SELECT pg_sleep(0.2)')
            await session.query(note(first + 3))
          })
          await refused
          await other.catch((cause: unknown) => {
            // Its connection may have been the broken one: then nothing of it is stored.
            others.resolve(undefined)
            throw cause
          })
          const stored = await as(database, (sql) =>
            sql.unsafe<{ stored: number }[]>(
              `SELECT stored FROM hub.arrival WHERE stored BETWEEN ${first} AND ${first + 9} ORDER BY 1`,
            ),
          )
          expect(stored.map((row) => row.stored)).toEqual([first + 2, first + 3])
        }
      } finally {
        await through.close()
      }
    },
  )

  spec(
    'SYNC/FR-014',
    'a query that takes too long ends no other request whose connection has answered meanwhile',
    async () => {
      const pool = openPostgres({ url: database, connections: 2, deadlineMs: 4_000 })
      const sleep = (seconds: number): Promise<unknown> =>
        pool.asTenant('1', (session) => session.query(`SELECT pg_sleep(${seconds})`))
      try {
        const slow = expect(sleep(30)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
        await sleep(2)
        const other = sleep(2.5)
        await slow
        await expect(other).resolves.toBeDefined()
      } finally {
        await pool.close()
      }
    },
  )
})
