import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post, postBody, sendBytes } from '../../fixtures/hub/client.ts'
import { whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()

/** What could be read in two ways is refused, by the name of what is wrong with it. */
describe.skipIf(missing !== undefined)(`what a hub reads strictly ${missing ?? ''}`, () => {
  let world: HubWorld
  beforeAll(async () => void (world = await hubWorld()))
  afterAll(() => world[Symbol.asyncDispose]())

  const anyBatch = (): string => `{"events":[${JSON.stringify(anEvent())}]}`
  const batch = (more: string, body = ''): string =>
    `POST /api/v1/events/batch/ HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n${more}\r\n${body}`

  const token = (): string => `authorization: Bearer ${world.token}\r\n`

  spec(
    'SYNC/FR-014',
    'whoever asks before sending a body is told to send it only if it will be read',
    async () => {
      const asking = (length: number): string =>
        `expect: 100-continue\r\ncontent-length: ${length}\r\n`
      const refused = [
        [batch(asking(50)), '401'],
        [batch(token() + asking(99_999_999)), '413'],
        [batch(token() + 'content-type: text/plain\r\n' + asking(50)), '415'],
        [batch(asking(50)).replace('POST /api', 'PUT /api'), '405'],
      ] as const
      for (const [request, status] of refused)
        expect(await sendBytes(world.hub, request)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      const body = anyBatch()
      const taken = await sendBytes(world.hub, batch(token() + asking(body.length), body))
      expect(taken).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 [^]*"success"/)
      const empty = await sendBytes(world.hub, batch(token() + asking(0)))
      expect(empty).toContain('/problems/malformed-batch')
    },
  )

  spec('SYNC/FR-014', 'a coding of the transfer that is not undone is refused', async () => {
    const zipped = gzipSync(anyBatch())
    const head = batch(`${token()}transfer-encoding: gzip, chunked\r\n`)
    const chunk = [`${zipped.length.toString(16)}\r\n`, zipped, '\r\n0\r\n\r\n'] as const
    const whole = Buffer.concat([head, ...chunk].map((part) => Buffer.from(part)))
    expect(await sendBytes(world.hub, whole)).toMatch(
      /^HTTP\/1.1 415 [^]*unsupported-media[^]*transfer-encoding/,
    )
  })

  spec('SYNC/FR-014', 'an address of one method has no other one by a pattern', async () => {
    for (const path of ['batch', 'stream', 'batch/']) {
      const wanted = path === 'stream' ? 'GET, HEAD' : 'POST'
      const method = path === 'stream' ? 'POST' : 'GET'
      const response = await fetch(`${world.hub.url}/api/v1/events/${path}`, { method })
      expect([response.status, response.headers.get('allow')]).toEqual([405, wanted])
    }
  })

  spec('SYNC/FR-014', 'an address in its whole form is the same address', async () => {
    for (const host of ['hub:80', 'other', '[::1]:8080']) {
      const whole = `GET http://${host}/livez HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n`
      expect(await sendBytes(world.hub, whole)).toMatch(/^HTTP\/1.1 200 /)
    }
  })

  spec('SYNC/FR-014', 'a query that is not UTF-8 is refused, not replaced', async () => {
    for (const text of ['%ff', '%ed%a0%80', '%C3', '%', '%zz']) {
      const { status, json } = await get(world.hub, world.token, `/api/v1/events?type=${text}`)
      expect([text, status, json['detail']]).toEqual([text, 400, expect.stringContaining('escape')])
    }
    const { status } = await get(world.hub, world.token, '/api/v1/events?type=a+b%20%C3%A9%25')
    expect(status).toBe(200)
  })

  spec(
    'SYNC/FR-014',
    'a body of another charset than UTF-8 is not read as if it were',
    async () => {
      const typed = (parameter: string): Promise<{ status: number }> =>
        postBody(world.hub, world.token, anyBatch(), {
          'content-type': `application/json${parameter}`,
        })
      for (const other of ['; charset=utf-16', ';charset="latin1"', '; Charset=UTF-32'])
        expect([other, (await typed(other)).status]).toEqual([other, 415])
      for (const same of ['; charset=utf-8', ';charset="UTF-8"', '; charset=utf8', '; version=1'])
        expect([same, (await typed(same)).status]).toEqual([same, 200])
    },
  )

  spec(
    'SYNC/FR-014',
    'a batch with a member that is not JSON, or that gives a key twice, is not a batch',
    async () => {
      const producer = (text: string): string => anyBatch().replace(/\}$/, `,"producer":${text}}`)
      const other = (text: string): string => anyBatch().replace(/\}$/, `,"other":${text}}`)
      const wrong = [
        ...['tru', '01', '{"a":]', '"\\x"', '{"a":1,"a":2}', '['.repeat(99) + ']'.repeat(99)].map(
          other,
        ),
        producer('{"id":"p","epoch":1,"sequences":[1],"sequences":[2]}'),
        producer('{"id":"p","epoch":1,"epoch":2}'),
      ]
      for (const body of wrong) {
        const { status, json } = await postBody(world.hub, world.token, body)
        expect([body.slice(-60), status, json['type']]).toEqual([
          body.slice(-60),
          400,
          '/problems/malformed-batch',
        ])
      }
      for (const body of [other('{"a":[1,{"b":":"}]}'), producer('{"id":"p","epoch":1}')])
        expect((await postBody(world.hub, world.token, body)).status).toBe(200)
    },
  )

  spec('SYNC/FR-019', 'metrics count what was committed, and what streams have sent', async () => {
    const measured = async (name: string): Promise<number> => {
      const { text } = await get(world.hub, '', '/metrics')
      return Number(new RegExp(`^spec_kitty_hub_${name} (\\d+)$`, 'm').exec(text)?.[1])
    }
    const before = await measured('batches_total')
    const key = { 'idempotency-key': 'counted' }
    const event = JSON.stringify(anEvent())
    for (let time = 0; time < 3; time += 1)
      expect((await post(world.hub, world.token, [event], key)).status).toBe(200)
    expect(await measured('batches_total')).toBe(before + 1)
    const { json } = await get(world.hub, world.token, '/api/v1/events?limit=1000')
    const all = (json['events'] as unknown[]).length
    const read = await measured('events_read_total')
    const stop = new AbortController()
    const stream = await fetch(`${world.hub.url}/api/v1/events/stream?after=0`, {
      headers: { authorization: `Bearer ${world.token}` },
      signal: stop.signal,
    })
    let text = ''
    for await (const chunk of stream.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      if (text.split('\ndata: ').length > all) break
    }
    stop.abort()
    expect(await measured('events_read_total')).toBe(read + all)
  })
})
