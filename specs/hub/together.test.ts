import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post } from '../../fixtures/hub/client.ts'
import { as, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { type TestHub } from '../../fixtures/hub/hub.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()

/** The statements of a batch go out in groups; a group that is given up leaves nothing behind. */
describe.skipIf(missing !== undefined)(`statements sent together ${missing ?? ''}`, () => {
  let world: HubWorld
  let database: string
  let hub: TestHub
  let token: string

  beforeAll(async () => {
    world = await hubWorld()
    ;({ database, hub, token } = world)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const arrivals = (): Promise<unknown> =>
    as(database, (sql) =>
      sql.unsafe(`SELECT sum(stored)::int AS stored, sum(duplicates)::int AS duplicates,
        sum(refused)::int AS refused, (SELECT sum(times)::int FROM hub.conflict) AS conflicts
        FROM hub.arrival`),
    )

  spec(
    'SYNC/NFR-003',
    'a batch that was answered before, or whose producer is fenced, leaves nothing behind, in the transaction or outside of it',
    async () => {
      const event = anEvent()
      const other = JSON.stringify({ ...event, build_id: 'build-2' })
      const batch = [JSON.stringify(event), other, JSON.stringify(anEvent()), '{}']
      const key = { 'idempotency-key': 'batch-1', 'x-producer-id': 'p', 'x-producer-epoch': '1' }
      const first = await post(hub, token, batch, { ...key, 'x-producer-instance': 'a' })
      expect(first.status).toBe(200)
      const before = await arrivals()
      expect(before).toEqual([{ stored: 2, duplicates: 0, refused: 2, conflicts: 1 }])
      for (let round = 0; round < 20; round += 1) {
        const again = await post(hub, token, batch, { ...key, 'x-producer-instance': 'a' })
        expect(again.text).toBe(first.text)
        const copy = { 'x-producer-id': 'p', 'x-producer-epoch': '1', 'x-producer-instance': 'b' }
        const fenced = await post(hub, token, [...batch, JSON.stringify(anEvent())], copy)
        expect(fenced.status).toBe(409)
      }
      expect(await arrivals()).toEqual(before)
      expect((await get(hub, token, `/api/v1/conflicts/${event.event_id}`)).status).toBe(200)
    },
  )
})
