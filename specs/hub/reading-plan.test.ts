import { afterAll, beforeAll, describe, expect } from 'vitest'
import { as, startCluster, whyNoCluster, type Cluster } from '../../fixtures/hub/cluster.ts'
import { tokenFor } from '../../fixtures/hub/hub.ts'
import type { Database } from '../../packages/hub/src/database/database.ts'
import { openDatabase } from '../../packages/hub/src/database/open.ts'
import type { Cursor } from '../../packages/hub/src/reading/cursor.ts'
import { readPage, type Filter } from '../../packages/hub/src/reading/page.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()
const STORED = 20_000
const LIMIT = 100
const project = '00000000-0000-4000-8000-000000000001'

/** A step of a plan as PostgreSQL tells it after it was carried out. */
interface Step {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Step[]
}

describe.skipIf(missing !== undefined)(`plans on PostgreSQL ${missing ?? ''}`, () => {
  let cluster: Cluster
  let url: string
  let database: Database

  beforeAll(async () => {
    cluster = await startCluster()
    url = await cluster.createDatabase()
    await tokenFor(url, 'acme')
    database = await openDatabase({ url, folder: '', connections: 2 })
  })
  afterAll(async () => {
    await database.close()
    await cluster[Symbol.asyncDispose]()
  })

  spec(
    'SYNC/NFR-004',
    'a page costs what is on it, however much follows, whatever the statistics say',
    async () => {
      const behind: Cursor = { generation: '1', tx: '0', idx: '0' }
      const rows = async (filter: Filter, after: Cursor): Promise<number> => {
        const plans: Step[] = []
        const page = await readPage(explaining(database, plans), {
          ...{ tenantId: '1', after, filter, limit: LIMIT, maxBytes: 10_000_000 },
        })
        expect(page.count).toBe(LIMIT)
        expect(plans).toHaveLength(1)
        return plans.map(rowsOfEvents).reduce((sum, one) => sum + one, 0)
      }
      // Many events of one transaction, then many transactions; with statistics of both, and of neither.
      for (const transactions of [1, STORED / 10]) {
        await as(url, (sql) => sql.unsafe(`TRUNCATE hub.event; ${filled(transactions)}`))
        for (const statistics of ['', 'ANALYZE hub.event']) {
          await as(url, (sql) => sql.unsafe(statistics))
          for (const filter of [{}, { project }, { type: 'T' }]) {
            const what = `${transactions} ${statistics} ${Object.keys(filter).join('')}`
            expect(await rows(filter, behind), what).toBeLessThan(3 * LIMIT)
          }
        }
      }
    },
  )

  spec(
    'SYNC/NFR-004',
    'a reader that is told of what is gone costs no look at all that is kept',
    async () => {
      await as(url, (sql) =>
        sql.unsafe(`TRUNCATE hub.event; ${filled(1)}; ANALYZE hub.event;
        INSERT INTO hub.dropped (tenant_id, generation, tx, idx) VALUES (1, 1, '0', 5)`),
      )
      const plans: Step[] = []
      const after: Cursor = { generation: '1', tx: '0', idx: '0' }
      const query = { tenantId: '1', after, filter: {}, limit: LIMIT, maxBytes: 10_000_000 }
      await expect(readPage(explaining(database, plans), query)).rejects.toThrow(/retention/)
      expect(plans).toHaveLength(1)
      expect(plans.map(rowsOfEvents)[0]).toBeLessThan(3 * LIMIT)
    },
  )
})

function filled(transactions: number): string {
  return `INSERT INTO hub.event (tenant_id, generation, tx, idx, received_at, event_id, event_type,
      project_uuid, size_bytes, body)
    SELECT 1, 1, (n % ${transactions} + 1)::text::xid8, n, now(), gen_random_uuid(), 'T', '${project}', 10, '{}'
    FROM generate_series(1, ${STORED}) n`
}

/** The same database, which also tells the plan of what reads a page. */
function explaining(database: Database, plans: Step[]): Database {
  return {
    ...database,
    asTenant: (tenantId, body) =>
      database.asTenant(tenantId, (session) =>
        body({
          ...session,
          bytes: async (sql, params) => {
            const [row] = await session.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, params)
            const [told] = parsed(row?.['QUERY PLAN'])
            if (told !== undefined) plans.push(told.Plan)
            return session.bytes(sql, params)
          },
        }),
      ),
  }
}

function parsed(told: unknown): readonly { readonly Plan: Step }[] {
  return (typeof told === 'string' ? JSON.parse(told) : told) as readonly { Plan: Step }[]
}

/** Rows of the table of events that a plan has looked at. */
function rowsOfEvents(step: Step): number {
  const isScan = step['Relation Name']?.startsWith('event') === true
  const own = step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)
  const below = (step.Plans ?? []).map(rowsOfEvents).reduce((sum, one) => sum + one, 0)
  return (isScan ? own * step['Actual Loops'] : 0) + below
}
