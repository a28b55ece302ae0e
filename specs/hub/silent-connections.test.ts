import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { startCluster, whyNoCluster, type Cluster } from '../../fixtures/hub/cluster.ts'
import { tokenFor } from '../../fixtures/hub/hub.ts'
import { startWire, type Wire } from '../../fixtures/hub/wire.ts'
import { openPostgres } from '../../packages/hub/src/database/postgres.ts'
import type { Database } from '../../packages/hub/src/index.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()
const DEADLINE_MS = 10_000

/** A network that is gone says nothing: only the time tells it from a server that thinks. */
describe.skipIf(missing !== undefined)(`connections that fall silent ${missing ?? ''}`, () => {
  let cluster: Cluster
  let address: string
  let wire: Wire

  beforeAll(async () => {
    cluster = await startCluster()
    address = await cluster.createDatabase()
    await tokenFor(address, 'acme')
    wire = await startWire(cluster.port)
  })
  afterAll(async () => {
    await wire[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  })

  async function withPool(
    url: string,
    connections: number,
    body: (sleep: (seconds: number) => Promise<unknown>) => Promise<void>,
  ): Promise<void> {
    const pool: Database = openPostgres({ url, connections, deadlineMs: DEADLINE_MS })
    try {
      await body((seconds) =>
        pool.asTenant('1', (session) => session.query(`SELECT pg_sleep(${seconds})`)),
      )
    } finally {
      await pool.close()
    }
  }

  spec(
    ['SYNC/FR-014', 'SYNC/NFR-003'],
    'a connection that falls silent under a request that had waited for it is replaced',
    async () => {
      await withPool(wire.through(address), 1, async (sleep) => {
        const first = sleep(0.5)
        const waited = expect(sleep(0.5)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
        await first
        wire.silence()
        await waited
        await expect(sleep(0)).resolves.toBeDefined()
      })
    },
  )

  spec(
    'SYNC/FR-014',
    'a query that takes too long ends no other request whose connection was made meanwhile',
    async () => {
      await withPool(address, 2, async (sleep) => {
        const slow = expect(sleep(30)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
        await delay(DEADLINE_MS / 2)
        const other = sleep(DEADLINE_MS / 1_400)
        await slow
        await expect(other).resolves.toBeDefined()
      })
    },
  )
})
