import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post } from '../../fixtures/hub/client.ts'
import { as, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { hubWorld } from '../../fixtures/hub/world.ts'
import { spec } from '../spec.ts'

spec(
  ['SYNC/FR-014', 'SYNC/NFR-003'],
  'while the database takes no writes the hub is not ready, and it takes them again without a restart',
  async ({ skip }) => {
    const missing = whyNoCluster()
    if (missing !== undefined) return skip(missing)
    await using world = await hubWorld()
    const { hub, token, database } = world
    const statuses = async (): Promise<number[]> => {
      const sent = await post(hub, token, [JSON.stringify(anEvent())])
      return [sent.status, (await get(hub, '', '/readyz')).status]
    }
    const name = new URL(database).pathname.slice(1)
    const set = (to: string): Promise<unknown> =>
      as(database, (sql) =>
        sql
          .unsafe('SET default_transaction_read_only = off')
          .then(() =>
            sql.unsafe(`ALTER DATABASE ${name} SET default_transaction_read_only = ${to}`),
          ),
      )
    expect(await statuses()).toEqual([200, 200])
    await set('on')
    await world.cluster.cutConnections()
    await post(hub, token, [JSON.stringify(anEvent())])
    for (let time = 0; time < 2; time += 1) expect(await statuses()).toEqual([503, 503])
    expect((await get(hub, token, '/api/v1/events')).status).toBe(200)
    await set('off')
    // A connection that was made while it was read-only stays so; each refusal ends one of at most eight.
    let last: number[] = []
    for (let time = 0; time < 10 && last[0] !== 200; time += 1) last = await statuses()
    expect([last, await statuses()]).toEqual([
      [200, 200],
      [200, 200],
    ])
  },
)
