import { afterAll, beforeAll, describe, expect } from 'vitest'
import { someEvents } from '../../fixtures/engine/events.ts'
import { readAll } from '../../fixtures/hub/client.ts'
import { startCluster, whyNoCluster, type Cluster } from '../../fixtures/hub/cluster.ts'
import { HubHome } from '../../fixtures/hub/home.ts'
import { hubProcess, tokenFor } from '../../fixtures/hub/hub.ts'
import { spec } from '../spec.ts'
import { playStory } from './story.ts'

const missing = whyNoCluster()

describe.skipIf(missing !== undefined)(`the fleet's story ${missing ?? ''}`, () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(async () => cluster[Symbol.asyncDispose]())

  for (const seed of [1, 2])
    spec(
      'SYNC/NFR-003',
      `kills, crashes, cuts, lost answers, copies: each event once (seed ${seed})`,
      async () => {
        const { problems } = await playStory(cluster, seed, { homes: 4, steps: 14 })
        expect(problems).toEqual([])
      },
    )

  spec(
    'SYNC/FR-007',
    'real homes deliver with the real command, through a hub that is killed',
    async () => {
      const database = await cluster.createDatabase()
      const token = await tokenFor(database, 'fleet')
      let hub = await hubProcess(database)
      const port = Number(new URL(hub.url).port)
      const homes = [HubHome.make(), HubHome.make()]
      try {
        const ids: string[] = []
        for (const home of homes) {
          await home.aim(`${hub.url}/api/v1/events/batch/`, token)
          const events = someEvents(1_500)
          home.capture(events)
          // Nothing leaves a home before a person agreed to it.
          expect(await home.run(['sync', 'allow', '--all'])).toMatchObject({ code: 0 })
          ids.push(...events.map(({ event_id }) => event_id))
        }
        const draining = homes.map((home) => home.drain())
        await hub.end('SIGKILL')
        await Promise.all(draining)
        hub = await hubProcess(database, port)
        const copy = homes[0]!.copy()
        homes.push(copy)
        for (const home of homes) expect(await home.drain()).toMatchObject({ code: 0 })
        const read = await readAll(hub, token)
        expect(read.map(({ event }) => event.event_id).toSorted()).toEqual(ids.toSorted())
      } finally {
        for (const home of homes) home[Symbol.dispose]()
        await hub.end('SIGTERM')
      }
    },
  )
})
