import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post, postBody, readAll, sendBytes } from '../../fixtures/hub/client.ts'
import { as, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { tokenFor, type TestHub } from '../../fixtures/hub/hub.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()

/** Text that no compression makes short enough for an index. */
function noise(length: number): string {
  let text = ''
  while (text.length < length) text += Math.random().toString(36).slice(2)
  return text.slice(0, length)
}

describe.skipIf(missing !== undefined)(`bounds of a hub on PostgreSQL ${missing ?? ''}`, () => {
  let world: HubWorld
  let database: string
  let hub: TestHub
  let token: string

  beforeAll(async () => {
    world = await hubWorld()
    ;({ database, hub, token } = world)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  spec(
    'SYNC/FR-014',
    'bodies that wait for the database are counted, also what a small one becomes when it is unpacked',
    async () => {
      const bomb = gzipSync(`{"events":[${' '.repeat(4_000_000)}]}`)
      const first = await as(database, async (sql) => {
        await sql.unsafe('BEGIN')
        await sql.unsafe('LOCK TABLE hub.event_key')
        const replies = Array.from({ length: 90 }, () =>
          postBody(hub, token, new Uint8Array(bomb), { 'content-encoding': 'gzip' }),
        )
        const answered = await Promise.race(replies)
        await sql.unsafe('COMMIT')
        const statuses = (await Promise.all(replies)).map(({ status }) => status)
        expect(new Set(statuses)).toEqual(new Set([200, 503]))
        return answered
      })
      expect(first).toMatchObject({ status: 503, json: { type: '/problems/overloaded' } })
      expect((await post(hub, token, [JSON.stringify(anEvent())])).status).toBe(200)
    },
  )

  spec(
    'SYNC/FR-014',
    'answers that their readers do not take are counted, and given back when they go',
    async () => {
      const large = await tokenFor(database, 'large')
      for (let round = 0; round < 3; round += 1) {
        const texts = Array.from({ length: 18 }, () =>
          anEvent({ payload: { text: noise(200_000) } }),
        )
        await post(
          hub,
          large,
          texts.map((event) => JSON.stringify(event)),
        )
      }
      const sockets: Socket[] = []
      const { hostname, port } = new URL(hub.url)
      const asked = async (): Promise<string> => {
        const socket = connect(Number(port), hostname)
        sockets.push(socket)
        socket.write(
          `GET /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${large}\r\n\r\n`,
        )
        const [first] = (await once(socket, 'data')) as [Buffer]
        socket.pause()
        return first.toString('latin1').slice(0, 12)
      }
      let answer = await asked()
      while (answer === 'HTTP/1.1 200' && sockets.length < 100) answer = await asked()
      expect(answer).toBe('HTTP/1.1 503')
      expect((await post(hub, token, [JSON.stringify(anEvent())])).status).toBe(200)
      for (const socket of sockets) socket.destroy()
      let reply = await get(hub, large, '/api/v1/events')
      while (reply.status === 503) reply = await get(hub, large, '/api/v1/events')
      expect(reply.status).toBe(200)
    },
  )

  spec(
    ['SYNC/FR-014', 'SYNC/FR-007'],
    'names longer than any index takes are stored like all others, and found again',
    async () => {
      const same = noise(300)
      const events = [
        anEvent({ event_type: noise(20_000) }),
        anEvent({ node_id: noise(20_000) }),
        anEvent({ event_type: `${same}-1` }),
        anEvent({ event_type: `${same}-2`, node_id: '🐈'.repeat(5_000) }),
        anEvent(),
      ]
      const reply = await post(
        hub,
        token,
        events.map((event) => JSON.stringify(event)),
      )
      expect(reply.results.map(({ status }) => status)).toEqual(events.map(() => 'success'))
      const found = await readAll(hub, token, 500, `&type=${same}-2`)
      expect(found.map(({ event }) => event.event_id)).toEqual([events[3]!.event_id])
      expect((await get(hub, token, '/api/v1/overview')).status).toBe(200)
    },
  )

  spec(
    'SYNC/FR-014',
    'a server that takes no writes, or has another name for a while, is a database that is away',
    async () => {
      const name = new URL(database).pathname.slice(1)
      const changes = [
        [
          `ALTER DATABASE ${name} SET default_transaction_read_only = on`,
          `ALTER DATABASE ${name} RESET default_transaction_read_only`,
        ],
        [
          `ALTER DATABASE ${name} RENAME TO elsewhere`,
          `ALTER DATABASE elsewhere RENAME TO ${name}`,
        ],
      ] as const
      const batch = [JSON.stringify(anEvent())]
      for (const [change, back] of changes) {
        for (const sql of [change, back]) {
          await world.cluster.cutConnections()
          await as(world.cluster.url('postgres'), (admin) => admin.unsafe(sql))
          await world.cluster.cutConnections()
          if (sql === change)
            expect([change, await post(hub, token, batch)]).toMatchObject([
              change,
              { status: 503, json: { type: '/problems/database-away' } },
            ])
        }
      }
      let reply = await post(hub, token, batch)
      while (reply.status === 503) reply = await post(hub, token, batch)
      expect(reply.status).toBe(200)
    },
  )

  spec(
    'SYNC/FR-014',
    'HEAD and other methods are answered, and the connection goes on',
    async () => {
      const next = 'GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'
      const head = `host: x\r\nauthorization: Bearer ${token}\r\n`
      for (const path of ['/api/v1/events/stream', '/api/v1/events', '/livez', '/']) {
        const answer = await sendBytes(hub, `HEAD ${path} HTTP/1.1\r\n${head}\r\n${next}`)
        expect([path, answer.match(/HTTP\/1\.1 200/g)]).toHaveLength(2)
        expect(answer.endsWith('{"status":"ok"}\n')).toBe(true)
      }
      const refused = await sendBytes(hub, `OPTIONS /api/v1/events HTTP/1.1\r\n${head}\r\n${next}`)
      expect(refused).toMatch(/^HTTP\/1\.1 405 [\s\S]*\r\nallow: GET, HEAD\r\n/)
      expect(
        await sendBytes(hub, `PUT /api/v1/events/batch HTTP/1.1\r\n${head}\r\n${next}`),
      ).toMatch(/^HTTP\/1\.1 405 [\s\S]*\r\nallow: POST(, GET, HEAD)?\r\n/)
    },
  )
})
