import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post } from '../../fixtures/hub/client.ts'
import { whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { tokenFor } from '../../fixtures/hub/hub.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()

describe.skipIf(missing !== undefined)(`formats on PostgreSQL ${missing ?? ''}`, () => {
  let world: HubWorld

  beforeAll(async () => {
    world = await hubWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  spec(
    'SYNC/FR-007',
    'line breaks between tokens become spaces in the line formats, and only there',
    async () => {
      const { hub } = world
      const token = await tokenFor(world.database, 'broken-lines')
      const event = JSON.stringify(anEvent({ payload: { note: 'a\n\r{b}' } }), null, '\r\n ')
      await post(hub, token, [event, JSON.stringify(anEvent())])
      const { text: json } = await get(hub, token, '/api/v1/events')
      expect(json).toContain(`"event":${event}}`)
      const lines = { accept: 'application/x-ndjson' }
      const page = (await get(hub, token, '/api/v1/events', lines)).text
      const stream = await firstMessages(`${hub.url}/api/v1/events/stream`, token, 2)
      for (const all of [page.split('\n'), stream.map((one) => one.split('\ndata: ')[1] ?? '')]) {
        expect(all[0]).toContain(`"event":${event.replaceAll(/[\r\n]/g, ' ')}}`)
        expect(JSON.parse(all[0] ?? '')).toMatchObject({ event: { payload: { note: 'a\n\r{b}' } } })
        expect(JSON.parse(all[1] ?? '')).toMatchObject({ revision: 1 })
      }
    },
  )
})

/** So many messages with an event of a live stream. */
async function firstMessages(url: string, token: string, count: number): Promise<string[]> {
  const stop = new AbortController()
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(url, { headers, signal: stop.signal })
  let all = ''
  const messages = (): string[] => all.split('\n\n').filter((one) => one.includes('data: '))
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    all += chunk
    if (messages().length >= count && all.endsWith('\n\n')) break
  }
  stop.abort()
  return messages()
}
