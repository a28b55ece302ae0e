import { CloudEvent, HTTP } from 'cloudevents'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { expect } from 'vitest'
import { cliWorld } from '../../fixtures/cli/world.ts'
import {
  signatureHeaders,
  signingKey,
} from '../../packages/sync-engine/src/receivers/webhook-signature.ts'
import { cloudEventsBatch } from '../../packages/sync-engine/src/receivers/cloud-events.ts'
import { spec } from '../spec.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

spec('SYNC/T035', 'a signature is the one that Standard Webhooks publishes for its example', () => {
  const key = signingKey(SECRET)
  expect(key).toBeDefined()
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    atMs: 1_614_265_330_999,
    body: Buffer.from('{"test": 2432232314}'),
  }
  expect(signatureHeaders(key!, message)).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
  for (const wrong of ['', 'whsec_', 'whsec_c2hvcnQ=', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!!'])
    expect(signingKey(wrong)).toBeUndefined()
})

interface Seen {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver that says nothing but that it took the request, after one failure. */
async function receiver(seen: Seen[]) {
  const server = createServer((incoming, answer) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      seen.push({ headers: incoming.headers, body: Buffer.concat(chunks).toString('utf8') })
      answer.writeHead(seen.length === 1 ? 503 : 204, { 'retry-after': '0' }).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  return {
    url,
    [Symbol.dispose]: (): void => {
      server.close()
      server.closeAllConnections()
    },
  }
}

spec(
  ['SYNC/T035', 'SYNC/FR-014'],
  'a receiver of signed CloudEvents gets them as its own libraries read them, and its 204 delivers them',
  async () => {
    await using world = cliWorld()
    const seen: Seen[] = []
    using server = await receiver(seen)
    await world.call(`sync mode EXTERNAL_RECEIVER --endpoint ${server.url}`)
    await world.call('agent mission create demo')
    const config = join(world.home, 'config.toml')
    const table = `[event_sync]\nmode = "EXTERNAL_RECEIVER"\nexternal_endpoint = "${server.url}"\n`
    writeFileSync(
      config,
      `${table}external_format = "cloudevents-batch"\nexternal_webhook_secret = "${SECRET}"\n`,
    )
    const now = await world.call('sync now --json')
    expect([now.code, now.json['summary']]).toEqual([0, expect.objectContaining({ synced: 2 })])
    expect(now.out).not.toContain(SECRET)
    expect(seen).toHaveLength(2)
    expect(new Set(seen.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    const listed = await world.call('sync journal list --json')
    const events = listed.json['events'] as {
      event_id: string
      event_type: string
      envelope: object
    }[]
    for (const { headers, body } of seen) {
      expect(() =>
        new Webhook(SECRET).verify(body, headers as Record<string, string>),
      ).not.toThrow()
      expect(() =>
        new Webhook(SECRET).verify(`${body} `, headers as Record<string, string>),
      ).toThrow()
      const read = HTTP.toEvent({ headers, body }) as CloudEvent<object>[]
      expect(read.map((event) => event.validate())).toEqual([true, true])
      expect(read.map(({ id, type }) => [id, type])).toEqual(
        events.map(({ event_id, event_type }) => [event_id, `spec-kitty.${event_type}`]),
      )
      expect(read.map(({ data }) => data)).toEqual(events.map(({ envelope }) => envelope))
    }
  },
)

spec(
  ['SYNC/T035', 'SYNC/FR-016'],
  'a format or a secret that is none is refused, and the secret is not named',
  async () => {
    await using world = cliWorld()
    await world.call('agent mission create demo')
    const config = join(world.home, 'config.toml')
    const table =
      '[event_sync]\nmode = "EXTERNAL_RECEIVER"\nexternal_endpoint = "http://127.0.0.1:9/x"\n'
    for (const line of ['external_format = "csv"', 'external_webhook_secret = "hunter2"']) {
      writeFileSync(config, `${table}${line}\n`)
      const { code, out, err } = await world.call('sync now')
      expect([line, code]).toEqual([line, 2])
      expect(out + err).not.toContain('hunter2')
    }
  },
)

spec('SYNC/T035', 'numbers and texts of an event pass through unchanged', () => {
  const event =
    '{"event_id":"1","n":12345678901234567890.10,"text":"}],\\"events\\":[{","l":[{"a":{}}]}'
  const batch = cloudEventsBatch(
    Buffer.from(`{"events":[${event}, ${event}],"producer":{"events":[{}]}}`),
  )
  expect(batch.toString('utf8').split(`"data":${event}`)).toHaveLength(3)
})
