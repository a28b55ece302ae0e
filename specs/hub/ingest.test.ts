import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent, aStatusChange } from '../../fixtures/engine/events.ts'
import { get, post, postBody, readAll } from '../../fixtures/hub/client.ts'
import { whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { hubOn, type TestHub } from '../../fixtures/hub/hub.ts'
import { hubWorld, type HubWorld } from '../../fixtures/hub/world.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()
const text = (fields: object = {}): string => JSON.stringify(anEvent(fields))

describe.skipIf(missing !== undefined)(`ingest on PostgreSQL ${missing ?? ''}`, () => {
  let world: HubWorld
  let database: string
  let hub: TestHub
  let token: string

  beforeAll(async () => {
    world = await hubWorld()
    ;({ database, hub, token } = world)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  spec('SYNC/FR-007', 'stores each event once and recognises it for ever', async () => {
    const batch = [text(), text(), text()]
    expect((await post(hub, token, batch)).results.map((one) => one.status)).toEqual([
      'success',
      'success',
      'success',
    ])
    const again = await post(hub, token, [...batch, batch[0]!])
    expect(again.results.map((one) => one.status)).toEqual(Array(4).fill('duplicate'))
  })

  spec(
    'SYNC/NFR-003',
    'repetitions inside one batch are stored once, in whatever spelling',
    async () => {
      const event = anEvent()
      const spaced = JSON.stringify(event, null, 2)
      const reordered = JSON.stringify(Object.fromEntries(Object.entries(event).reverse()))
      const { results } = await post(hub, token, [JSON.stringify(event), spaced, reordered])
      expect(results.map((one) => one.status)).toEqual(['success', 'duplicate', 'duplicate'])
    },
  )

  spec('SYNC/FR-018', 'other content under a known id is refused and both are kept', async () => {
    const event = anEvent()
    const other = JSON.stringify({ ...event, build_id: 'build-2' })
    await post(hub, token, [JSON.stringify(event)])
    for (const batch of [[other], [JSON.stringify(event), other], [other, JSON.stringify(event)]]) {
      const { results } = await post(hub, token, batch)
      for (const [index, one] of results.entries())
        expect(one).toMatchObject(
          batch[index] === other
            ? { status: 'rejected', error_category: 'conflict' }
            : { status: 'duplicate' },
        )
    }
    const { json } = await get(hub, token, `/api/v1/conflicts/${event.event_id}`)
    expect(json).toMatchObject({
      stored: { text: JSON.stringify(event) },
      incoming: [{ text: other, times: 3 }],
    })
  })

  spec(
    'SYNC/FR-018',
    'numbers beyond 2^53 that differ in the last digit are other content',
    async () => {
      const big = (digits: string): string =>
        text({ event_id: '01JV00000000000000000000B0' })
          .replace('"WP01"}', `"WP01","n":${digits}}`)
          .replace('"wp_title":"Thin slice"', `"wp_title":"Thin slice","n":${digits}`)
      const { results } = await post(hub, token, [big('9007199254740993')])
      expect(results).toMatchObject([{ status: 'success' }])
      expect((await post(hub, token, [big('9007199254740992')])).results).toMatchObject([
        { status: 'rejected', error_category: 'conflict' },
      ])
      expect((await post(hub, token, [big('9.007199254740993e15')])).results).toMatchObject([
        { status: 'duplicate' },
      ])
      const stored = await get(hub, token, '/api/v1/events/01JV00000000000000000000B0')
      expect(stored.text).toContain('"n":9007199254740993')
    },
  )

  spec('SYNC/NFR-003', 'the stored text comes back byte for byte', async () => {
    const id = '01JV000000000000000000BYTE'
    const exact =
      ` {"payload" : {"n":1e400,"m":-0.0, "s":"\\u00e9é😀\\ud83d\\ude00\\/"},\n\t` +
      text({ event_id: id })
        .slice(1)
        .replace(/"payload":\{[^}]*\},/, '')
    const { results } = await post(hub, token, [exact])
    expect(results).toEqual([{ event_id: id, status: 'success' }])
    expect((await get(hub, token, `/api/v1/events/${id}`)).text).toBe(exact.trim())
    expect((await get(hub, token, '/api/v1/events?limit=10000')).text).toContain(exact.trim())
  })

  const poison: readonly (readonly [what: string, event: string | Buffer])[] = [
    ['a NUL character', text().replace('Thin', 'Th\\u0000in')],
    ['half of a surrogate pair', text().replace('Thin', 'Th\\ud800in')],
    ['a NUL character in a key', text().replace('"wp_title"', '"wp\\u0000title"')],
    ['a missing field', text({ build_id: undefined })],
    ['a surplus field', text({ surprise: 1 })],
    ['a retired field', text().replace('"wp_title"', '"feature_slug"')],
    ['a retired field behind an escape', text().replace('"wp_title"', '"feature\\u005fslug"')],
    ['a key that appears twice', text().replace('{"event_id"', '{"event_type":"x","event_id"')],
    ['a nested key that appears twice', text().replace('"wp_id"', '"actor":"x","wp_id"')],
    ['not an object', '5'],
    ['a broken literal', text().replace('"WP01"}', 'WP01}').replace('"Thin slice"', 'tru')],
    [
      'an unforced step back',
      JSON.stringify(aStatusChange()).replace('"force":true', '"force":false'),
    ],
    ['too deep', text().replace('"Thin slice"', `${'['.repeat(80)}${']'.repeat(80)}`)],
    ['a prototype', text({ __proto__: {} }).replace('{"event_id"', '{"__proto__":{},"event_id"')],
    ['bytes that are not UTF-8', Buffer.from(text().replace('Thin', 'Th\u00ffin'), 'latin1')],
  ]

  for (const [what, event] of poison)
    spec('SYNC/FR-015', `poison is named and the others are stored: ${what}`, async () => {
      const [before, after] = [text(), text()]
      const body = Buffer.concat([
        Buffer.from(`{"events":[${before},`),
        typeof event === 'string' ? Buffer.from(event) : event,
        Buffer.from(`,${after}]}`),
      ])
      const { status, results } = await postBody(hub, token, new Uint8Array(body))
      expect(status).toBe(200)
      expect(results.map((one) => one.status)).toEqual(['success', 'failed_permanent', 'success'])
      expect(results[1]).toMatchObject({ error_category: 'schema_mismatch', index: 1 })
    })

  spec('SYNC/FR-014', 'a body that is not a batch is refused with a problem document', async () => {
    for (const body of [
      '',
      '[]',
      '{"events":5}',
      '{"events":[}',
      '{"events":[1',
      '{"events":[]}x',
      '{"events":[],"events":[]}',
      '{"a":"',
      '\ufeff{"events":[]}',
    ]) {
      const { status, json, headers } = await postBody(hub, token, body)
      expect([body, status]).toEqual([body, 400])
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(json).toMatchObject({ type: '/problems/malformed-batch', status: 400 })
    }
    expect((await postBody(hub, token, '{"events":[]}')).json).toEqual({ results: [] })
  })

  spec(
    'SYNC/FR-014',
    'gzip is bounded by what it becomes, and the limits are announced',
    async () => {
      const zipped = gzipSync(`{"events":[${text()}]}`)
      const headers = { 'content-encoding': 'gzip' }
      expect((await postBody(hub, token, new Uint8Array(zipped), headers)).results).toMatchObject([
        { status: 'success' },
      ])
      const bomb = gzipSync(Buffer.alloc(300_000_000, ' '))
      const refused = await postBody(hub, token, new Uint8Array(bomb), headers)
      expect(refused.status).toBe(413)
      const limits = (await get(hub, '', '/api/v1/sync/health/')).json['sync_ingress']
      expect(refused.json['sync_ingress']).toEqual(limits)
      expect(limits).toMatchObject({ limits: { max_events_per_batch: 1_000 } })
      const many = await postBody(hub, token, `{"events":[${Array(1_001).fill('1').join(',')}]}`)
      expect(many.status).toBe(413)
      expect((await postBody(hub, token, 'x', headers)).status).toBe(400)
      expect((await postBody(hub, token, 'x', { 'content-encoding': 'gzip, gzip' })).status).toBe(
        415,
      )
    },
  )

  spec(
    'SYNC/NFR-003',
    'an Idempotency-Key gets the first answer again, and another body is refused',
    async () => {
      const [one, other] = [text(), text()]
      const key = { 'idempotency-key': 'batch-1' }
      const first = await post(hub, token, [one], key)
      const again = await post(hub, token, [one], key)
      expect(again.text).toBe(first.text)
      expect(again.headers.get('idempotency-replayed')).toBe('true')
      expect(await post(hub, token, [other], key)).toMatchObject({
        status: 422,
        json: { type: '/problems/idempotency-key-reused' },
      })
    },
  )

  spec(
    'SYNC/NFR-003',
    'two hubs that receive the same events at the same moment store each once',
    async () => {
      await using second = await hubOn(database)
      const texts = Array.from({ length: 200 }, () => text())
      const replies = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          post(index % 2 === 0 ? hub : second, token, index % 3 === 0 ? texts.toReversed() : texts),
        ),
      )
      const stored = replies.flatMap(({ results }) =>
        results.filter((one) => one.status === 'success'),
      )
      expect(stored).toHaveLength(200)
      expect(replies.every(({ status }) => status === 200)).toBe(true)
      const ids = new Set(texts.map((one) => (JSON.parse(one) as { event_id: string }).event_id))
      const read = (await readAll(hub, token)).filter(({ event }) => ids.has(event.event_id))
      expect(read).toHaveLength(200)
    },
  )

  spec('SYNC/NFR-003', 'one id in several spellings is one event', async () => {
    const upper = anEvent()
    const lower = { ...upper, event_id: upper.event_id.toLowerCase() }
    expect((await post(hub, token, [JSON.stringify(upper)])).results).toMatchObject([
      { status: 'success' },
    ])
    const [result] = (await post(hub, token, [JSON.stringify(lower)])).results
    expect(result).toMatchObject({ event_id: lower.event_id, status: 'rejected' })
  })
})
