import type postgres from 'postgres'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post, type Reply } from '../../fixtures/hub/client.ts'
import { as, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import type { TestHub } from '../../fixtures/hub/hub.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()
const text = (fields: object = {}): string => JSON.stringify(anEvent(fields))

describe.skipIf(missing !== undefined)(`numbers on PostgreSQL ${missing ?? ''}`, () => {
  let world: HubWorld
  let database: string
  let hub: TestHub
  let token: string

  beforeAll(async () => {
    world = await hubWorld()
    ;({ database, hub, token } = world)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  function send(
    { id }: { readonly id: string },
    numbered: Readonly<Record<number, string>>,
    more: object = {},
  ): Promise<Reply> {
    const sequences = Object.keys(numbered).map(Number)
    return post(hub, token, Object.values(numbered), {}, { id, epoch: 1, sequences, ...more })
  }

  async function producer(id: string): Promise<Readonly<Record<string, unknown>>> {
    const { json } = await get(hub, token, `/api/v1/producers/${id}`)
    return (json['producers'] as Record<string, unknown>[])[0]!
  }

  spec(
    ['SYNC/NFR-003', 'SYNC/FR-007'],
    'numbers that come in any order become the runs that they are, of each kind',
    async () => {
      const model = new Set<number>()
      const random = seeded(7)
      for (let round = 0; round < 30; round += 1) {
        const fresh = new Set(Array.from({ length: 6 }, () => 1 + Math.floor(random() * 120)))
        const numbers = [...fresh].filter((number) => !model.has(number))
        const from = 1 + Math.floor(random() * 120)
        const skipped = round % 3 === 0 ? [[from, from + 2]] : []
        const sent = await send(
          { id: 'mixed' },
          Object.fromEntries(
            numbers.map((one) => [one, one % 7 === 0 ? text({ surprise: 1 }) : text()]),
          ),
          { skipped },
        )
        expect(sent.status).toBe(200)
        for (const one of numbers) model.add(one)
        const named = skipped.flatMap(([first = 0]) => [first, first + 1, first + 2])
        // A skipped number may still come; the hub takes it, so the model only knows it as named.
        for (const one of named) model.add(one)
        const highest = Math.max(...model)
        const missing = Array.from({ length: highest }, (_, at) => at + 1).filter(
          (one) => !model.has(one),
        )
        const gaps = runsOf(missing)
        expect(await producer('mixed')).toMatchObject({ highest, gaps, missing: missing.length })
      }
      const overlapping = await as(database, (sql) =>
        sql.unsafe(`SELECT a.* FROM hub.sequence a JOIN hub.sequence b
          USING (tenant_id, producer_id, epoch, kind) WHERE a.first < b.first AND a.last >= b.first - 1`),
      )
      expect(overlapping).toEqual([])
    },
  )

  spec(
    'SYNC/NFR-004',
    'a batch writes and reads its own numbers, however many gaps its producer has',
    async () => {
      const written = async (body: () => Promise<unknown>): Promise<number> => {
        const at = (): Promise<string> =>
          as(database, async (sql) =>
            String((await sql`SELECT pg_current_wal_insert_lsn() - '0/0' AS at`)[0]?.['at']),
          )
        const before = await at()
        await body()
        return Number(await at()) - Number(before)
      }
      const many = Array.from({ length: 100_000 }, (_, index) => [2 * index + 10, 2 * index + 10])
      const known = text()
      await send({ id: 'many' }, { 1: known }, { skipped: many })
      await as(database, (sql) => sql`CHECKPOINT`)
      await send({ id: 'many' }, { 1: known })
      expect(await written(() => send({ id: 'many' }, { 1: known }))).toBeLessThan(100_000)
      const scans = await as(database, async (sql) => {
        await sql.unsafe('ANALYZE hub.sequence; SELECT pg_stat_reset()')
        const sent = { 3: text(), 100_011: text() }
        const again = async (): Promise<number> => {
          await send({ id: 'many' }, sent, { skipped: [[5, 7]] })
          return reads(sql)
        }
        await expect.poll(again, { interval: 500, timeout: 20_000 }).not.toBe(0)
        return reads(sql)
      })
      expect(scans).toBeLessThan(1_000)
      expect(await producer('many')).toMatchObject({ highest: 200_008, missing: 100_002 })
    },
  )
})

function runsOf(numbers: readonly number[]): number[][] {
  const runs: number[][] = []
  for (const one of numbers) {
    const last = runs.at(-1)
    if (last?.[1] === one - 1) last[1] = one
    else runs.push([one, one])
  }
  return runs.slice(0, 100)
}

/** The same numbers from 0 to 1 every time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Rows of the numbers that were looked at, as the server counts them; it tells them a little later. */
async function reads(sql: postgres.Sql): Promise<number> {
  const [row] = await sql`SELECT seq_tup_read + idx_tup_fetch AS count FROM pg_stat_user_tables
    WHERE relname = 'sequence'`
  return Number(row?.['count'] ?? 0)
}
