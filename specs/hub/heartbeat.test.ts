import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, vi } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post } from '../../fixtures/hub/client.ts'
import { as, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { tokenFor, type TestHub } from '../../fixtures/hub/hub.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()
const text = (fields: object = {}): string => JSON.stringify(anEvent(fields))
const HEARTBEAT_MS = 10_000

/** What a stream says to a reader that gets no events; its clock is the spec's. */
describe.skipIf(missing !== undefined)(`heartbeats of a stream ${missing ?? ''}`, () => {
  let world: HubWorld
  let hub: TestHub

  beforeAll(async () => {
    world = await hubWorld('first')
    ;({ hub } = world)
  })
  afterAll(() => world[Symbol.asyncDispose]())
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
  afterEach(() => void vi.useRealTimers())

  interface Stream {
    /** The messages up to the first of which this is true. */
    until(isIt: (message: string) => boolean): Promise<string[]>
    /** Whatever comes until the hub ends it. */
    rest(): Promise<string[]>
    close(): void
  }

  async function stream(token: string, query = ''): Promise<Stream> {
    const stop = new AbortController()
    const response = await fetch(`${hub.url}/api/v1/events/stream${query}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: stop.signal,
    })
    expect(response.status).toBe(200)
    const messages = messagesOf(response.body!)
    return {
      until: async (isIt) => {
        const seen: string[] = []
        for (;;) {
          const { value, done } = await messages.next()
          if (done === true) throw new Error(`the stream has ended after ${seen.join(' | ')}`)
          seen.push(value)
          if (isIt(value)) return seen
        }
      },
      rest: async () => {
        const seen: string[] = []
        for await (const message of messages) seen.push(message)
        return seen
      },
      close: () => stop.abort(),
    }
  }

  async function* messagesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of body) {
      const messages = (text + decoder.decode(chunk, { stream: true })).split('\n\n')
      text = messages.pop() ?? ''
      yield* messages
    }
  }

  const isHeartbeat = (message: string): boolean => message.endsWith(': still here')
  const placeIn = (message: string): string => /^id: (\S+)$/m.exec(message)?.[1] ?? ''

  spec(
    ['SYNC/FR-007', 'SYNC/FR-014'],
    'every ten seconds a stream says its place, which moves also where no event is for the reader',
    async () => {
      const token = await tokenFor(world.database, 'rare')
      await post(hub, token, [text({ event_type: 'Rare' })])
      const reader = await stream(token, '?type=Rare')
      const [, first = ''] = await reader.until((message) => message.includes('data: '))
      const places: string[] = []
      for (let round = 0; round < 3; round += 1) {
        await post(hub, token, [text()])
        const { json } = await get(hub, token, `/api/v1/events?after=${placeIn(first)}`)
        const [event] = (json['events'] as { cursor: string }[]).slice(-1)
        // The stream looks at what has come on its own; a heartbeat only says how far it is.
        for (;;) {
          vi.advanceTimersByTime(HEARTBEAT_MS)
          const said = (await reader.until(isHeartbeat)).at(-1) ?? ''
          places.push(placeIn(said))
          if (isBehind(event!.cursor, places.at(-1)!)) break
        }
      }
      reader.close()
      expect(places.every((place, at) => at === 0 || !isBehind(place, places[at - 1]!))).toBe(true)
      await post(hub, token, [text({ event_type: 'Rare' })])
      const { json } = await get(hub, token, `/api/v1/events?type=Rare&after=${places.at(-1)!}`)
      expect(json['events']).toHaveLength(1)
    },
  )

  spec(
    ['SYNC/FR-014', 'SYNC/FR-007'],
    'a stream whose reader takes nothing for a minute ends, one whose reader goes on does not',
    async () => {
      const token = await tokenFor(world.database, 'stuck')
      const large = (): string => text({ payload: { text: 'x'.repeat(200_000) } })
      for (let round = 0; round < 4; round += 1)
        await post(hub, token, Array.from({ length: 18 }, large))
      const { hostname, port } = new URL(hub.url)
      const stuck = connect(Number(port), hostname)
      stuck
        .pause()
        .write(
          `GET /api/v1/events/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`,
        )
      const reader = await stream(token)
      while ((await streams()) !== 2);
      for (let seen = 0; seen < 72;)
        seen += (await reader.until((message) => message.includes('data: '))).filter((message) =>
          message.includes('data: '),
        ).length
      for (let began = Date.now(); (await streams()) > 1;) {
        vi.advanceTimersByTime(HEARTBEAT_MS)
        await reader.until(isHeartbeat)
        expect(Date.now() - began).toBeLessThan(120_000)
      }
      reader.close()
      stuck.destroy()
    },
  )

  async function streams(): Promise<number> {
    const { text: metrics } = await get(hub, '', '/metrics')
    return Number(/^spec_kitty_hub_streams (\d+)$/m.exec(metrics)?.[1])
  }

  spec(
    ['BOUNDARY/FR-007', 'SYNC/C-002'],
    'a stream whose token is revoked ends with its next heartbeat, and a database that is away ends none',
    async () => {
      const token = await tokenFor(world.database, 'revoked')
      const reader = await stream(token)
      await world.cluster.stop()
      vi.advanceTimersByTime(HEARTBEAT_MS)
      await reader.until(isHeartbeat)
      await world.cluster.start()
      while ((await post(hub, token, [text()])).status !== 200);
      await reader.until((message) => message.includes('data: '))
      await as(world.database, (sql) =>
        sql.unsafe(`UPDATE hub.tenant SET revoked_at = now() WHERE name = 'revoked'`),
      )
      vi.advanceTimersByTime(HEARTBEAT_MS)
      const last = await reader.rest()
      expect(last.filter((message) => message.includes('data: '))).toEqual([])
    },
  )
})

/** Whether a place comes before another one. */
function isBehind(place: string, other: string): boolean {
  const [a, b] = [place, other].map((one) => one.split('.').map(Number))
  const at = [0, 1, 2].find((part) => a![part] !== b![part])
  return at !== undefined && a![at]! < b![at]!
}
