import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect } from 'vitest'
import { loggedInWorld } from '../../fixtures/cli/world.ts'
import { aStatusChange, someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { external, HURRIED } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import type { DeliveryReceiver } from '../../packages/sync-engine/src/receivers/contract.ts'
import { HttpClient } from '../../packages/sync-engine/src/receivers/http.ts'
import { interpretReply } from '../../packages/sync-engine/src/receivers/interpret.ts'
import { spec } from '../spec.ts'

afterEach(() => {
  delete process.env['http_proxy']
  delete process.env['no_proxy']
})

spec(
  ['SYNC/T033', 'SYNC/T040'],
  'a batch that is sent again has the same idempotency key until its events have an answer, and a trace of its drain',
  async () => {
    using world = temporaryJournal()
    const scripts = [
      { kind: 'answer', status: 503 },
      { kind: 'store-and-drop' },
      { kind: 'results', of: () => ({ status: 'rejected' }) },
      { kind: 'store' },
    ] as const
    await using server = await startScriptedServer((_, index) => scripts[index] ?? scripts[3])
    capture(world.journal, [aStatusChange()])
    const receiver = external(server.endpoint)
    await drain({ journal: world.journal, receiver, retryPolicy: HURRIED })
    await drain({ journal: world.journal, receiver, retryPolicy: HURRIED })
    await receiver.close()
    const keys = server.batches.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toHaveLength(4)
    expect(new Set(keys.slice(0, 3)).size).toBe(1)
    expect(keys[3]).not.toBe(keys[0])
    for (const key of keys) expect(key).toMatch(/^"[0-9a-f]{32}"$/)
    const traces = server.batches.map(({ headers }) => String(headers['traceparent']).split('-'))
    expect(new Set(traces.map(([, trace]) => trace)).size).toBe(1)
    expect(new Set(traces.map(([, , span]) => span)).size).toBe(4)
    for (const trace of traces) expect(trace.join('-')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  },
)

spec(
  ['SYNC/T040', 'SYNC/FR-004'],
  'a server that takes the batch and never answers is asked once in a drain',
  async () => {
    const silent = createServer(() => undefined)
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/in`
    const client = new HttpClient({
      identity: { kind: 'external', url },
      batchUrl: url,
      headers: () => Promise.resolve({}),
      postTimeoutMs: 20,
    })
    let posts = 0
    const receiver: DeliveryReceiver = {
      ...external(url),
      post: (batch) => {
        posts += 1
        return client.post(batch)
      },
    }
    using world = temporaryJournal()
    capture(world.journal, someEvents(3))
    const { stop } = await drain({ journal: world.journal, receiver, retryPolicy: HURRIED })
    expect(stop).toMatchObject({ kind: 'unavailable', category: 'no_answer' })
    expect(posts).toBe(1)
    await client.close()
    silent.closeAllConnections()
    silent.close()
  },
)

spec(
  ['SYNC/T035', 'SYNC/T034'],
  'batches go through the proxy that the environment names, unless it excepts the host',
  async () => {
    await using server = await startScriptedServer()
    let forwarded = 0
    const proxy = createServer((incoming, outgoing) => {
      forwarded += 1
      const { pathname } = new URL(incoming.url ?? '')
      const { method, headers } = incoming
      const onward = request(new URL(pathname, server.url), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      incoming.pipe(onward)
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    process.env['http_proxy'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const deliver = async (endpoint: string): Promise<string> => {
      using world = temporaryJournal()
      capture(world.journal, someEvents(1))
      const receiver = external(endpoint)
      const { stop } = await drain({ journal: world.journal, receiver, retryPolicy: HURRIED })
      await receiver.close()
      return stop.kind
    }
    const farAway = server.endpoint.replace('127.0.0.1', 'receiver.invalid')
    expect([await deliver(farAway), forwarded, server.stored.size]).toEqual(['finished', 1, 1])
    process.env['no_proxy'] = '127.0.0.1'
    expect([await deliver(server.endpoint), forwarded, server.stored.size]).toEqual([
      'finished',
      1,
      2,
    ])
    proxy.closeAllConnections()
    proxy.close()
  },
)

spec('SYNC/T033', 'a problem document of RFC 9457 is a reason, on one line', () => {
  const body = JSON.stringify({ type: 'about:blank', title: 'Out of\r\n  credit' })
  expect(interpretReply({ status: 403, body, retryAfter: undefined }, 0)).toMatchObject({
    detail: 'Out of credit',
  })
})

spec(
  ['SYNC/T077', 'SYNC/T033'],
  'what a server says reaches the terminal without control characters, and a script unchanged',
  async () => {
    await using world = await loggedInWorld()
    const evil = '\u001b]0;owned\u0007 \u009b31m\u202egnp.exe'
    await using server = await startScriptedServer(() => ({
      kind: 'answer',
      status: 403,
      body: { error: evil },
    }))
    await world.call(`sync mode EXTERNAL_RECEIVER --endpoint ${server.endpoint}`)
    await world.call('agent mission create demo')
    const shown = await world.call('sync now')
    expect(shown.out + shown.err).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(shown.out).toContain(String.raw`\u001b]0;owned`)
    expect(JSON.stringify((await world.call('sync now --json')).json)).toContain(
      JSON.stringify(evil).slice(1, -1),
    )
  },
)
