import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post } from '../../fixtures/hub/client.ts'
import { as, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { hubWorld } from '../../fixtures/hub/world.ts'
import { spec } from '../spec.ts'

spec(
  ['SYNC/FR-019', 'SYNC/FR-014'],
  'times are written in one way, whatever zone and style the server prefers',
  async ({ skip }) => {
    const missing = whyNoCluster()
    if (missing !== undefined) return skip(missing)
    await using world = await hubWorld()
    const { hub, token, database } = world
    const name = new URL(database).pathname.slice(1)
    await as(database, (sql) =>
      sql.unsafe(`ALTER DATABASE ${name} SET timezone = 'Pacific/Kiritimati';
        ALTER DATABASE ${name} SET datestyle = 'German'`),
    )
    await world.cluster.cutConnections()
    const event = anEvent()
    for (let status = 0; status !== 200;)
      ({ status } = await post(hub, token, [JSON.stringify(event)], {}, { id: 'p', epoch: 1 }))
    await post(hub, token, [JSON.stringify({ ...event, build_id: 'other' })])
    for (const path of ['overview', 'producers', 'conflicts', `conflicts/${event.event_id}`]) {
      const { text } = await get(hub, token, `/api/v1/${path}`)
      const times = [...text.matchAll(/"\w+_at":"([^"]*)"/g)].map(([, time]) => time)
      expect(times.length).toBeGreaterThan(0)
      for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/)
    }
  },
)
