import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post, readAll, type Reply } from '../../fixtures/hub/client.ts'
import { startCluster, whyNoCluster, type Cluster } from '../../fixtures/hub/cluster.ts'
import { hubOn, tokenFor, type TestHub } from '../../fixtures/hub/hub.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()
const text = (fields: object = {}): string => JSON.stringify(anEvent(fields))

describe.skipIf(missing !== undefined)(`producers on PostgreSQL ${missing ?? ''}`, () => {
  let cluster: Cluster
  let hub: TestHub
  let token: string

  beforeAll(async () => {
    cluster = await startCluster()
    const database = await cluster.createDatabase()
    token = await tokenFor(database, 'acme')
    hub = await hubOn(database)
  })
  afterAll(async () => {
    await hub[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  })

  interface Sender {
    readonly id: string
    readonly epoch?: number
    readonly instance?: string
  }

  function send(
    { id, epoch = 1, instance }: Sender,
    numbered: Readonly<Record<number, string>>,
    more: object = {},
  ): Promise<Reply> {
    const headers = {
      'x-producer-id': id,
      'x-producer-epoch': String(epoch),
      ...(instance !== undefined && { 'x-producer-instance': instance }),
    }
    const sequences = Object.keys(numbered).map(Number)
    return post(hub, token, Object.values(numbered), headers, { id, epoch, sequences, ...more })
  }

  async function producer(id: string): Promise<Readonly<Record<string, unknown>>> {
    const { json } = await get(hub, token, `/api/v1/producers/${id}`)
    return (json['producers'] as Record<string, unknown>[])[0]!
  }

  spec('SYNC/FR-007', 'the watermark tells what has arrived, and gaps are named', async () => {
    await send({ id: 'journal-a' }, { 1: text(), 2: text(), 5: text() })
    expect(await producer('journal-a')).toMatchObject({
      watermark: 2,
      highest: 5,
      gaps: [[3, 4]],
      missing: 2,
    })
    await send({ id: 'journal-a' }, { 3: text(), 4: text() })
    expect(await producer('journal-a')).toMatchObject({ watermark: 5, gaps: [] })
    await send({ id: 'journal-a' }, { 9: text() }, { skipped: [[6, 8]] })
    expect(await producer('journal-a')).toMatchObject({ watermark: 9, missing: 0 })
    await send({ id: 'journal-a' }, { 10: text({ surprise: 1 }), 11: text() })
    expect(await producer('journal-a')).toMatchObject({ watermark: 11, missing: 0 })
  })

  spec('SYNC/NFR-003', 'a batch that comes again is not a copy', async () => {
    const batch = { 1: text(), 2: text() }
    await send({ id: 'journal-b' }, batch)
    expect((await send({ id: 'journal-b' }, batch)).results.map((one) => one.status)).toEqual([
      'duplicate',
      'duplicate',
    ])
  })

  spec(
    'SYNC/NFR-003',
    'a home that went back to a backup is noticed, and nothing of it is lost',
    async () => {
      const first = { 1: text(), 2: text(), 3: text() }
      await send({ id: 'journal-c' }, first)
      const after = { 2: text(), 3: text(), 4: text() }
      const refused = await send({ id: 'journal-c' }, after)
      expect(refused).toMatchObject({
        status: 409,
        json: { type: '/problems/producer-restored', producer: { sequence: 2, next_epoch: 2 } },
      })
      expect(refused.json['next']).toMatch(/spec-kitty sync/)
      const ids = (await readAll(hub, token)).map(({ event }) => event.event_id)
      for (const one of Object.values(after))
        expect(ids).not.toContain((JSON.parse(one) as { event_id: string }).event_id)
      expect(await producer('journal-c')).toMatchObject({
        incident: 'producer-restored',
        watermark: 3,
      })
      const { results } = await send(
        { id: 'journal-c', epoch: 2 },
        { 1: after[2], 2: after[3], 3: after[4] },
      )
      expect(results.map((one) => one.status)).toEqual(['success', 'success', 'success'])
    },
  )

  spec(
    ['SYNC/NFR-003', 'SYNC/FR-007'],
    'numbers at their bounds count like all others, and the epoch that is offered can be used',
    async () => {
      const most = Number.MAX_SAFE_INTEGER
      await send({ id: 'bounds', epoch: 0 }, { 0: text(), [most]: text() })
      expect(await producer('bounds')).toMatchObject({
        ...{ epoch: 0, watermark: 0, highest: most, gaps: [[1, most - 1]], missing: most - 1 },
      })
      await send({ id: 'bounds', epoch: 0 }, {}, { skipped: [[1, most - 1]] })
      expect(await producer('bounds')).toMatchObject({ watermark: most, missing: 0 })
      for (const epoch of [most, 1, 0]) {
        const id = `offered-${epoch}`
        await send({ id, epoch: most }, { 3: text() })
        await send({ id, epoch, instance: 'one' }, { 1: text() })
        const copy = await send({ id, epoch, instance: 'two' }, { 2: text() })
        const { next_epoch: next } = copy.json['producer'] as { next_epoch: number }
        const moved = await send({ id, epoch: next, instance: 'two' }, { 1: text() })
        expect([epoch, moved.status]).toEqual([epoch, 200])
      }
    },
  )

  spec(
    'SYNC/NFR-003',
    'a copied home is noticed by its instance, before its numbers meet',
    async () => {
      await send({ id: 'journal-d', instance: 'one' }, { 1: text() })
      const copy = await send({ id: 'journal-d', instance: 'two' }, { 2: text() })
      expect(copy).toMatchObject({ status: 409, json: { type: '/problems/producer-fenced' } })
      expect((await send({ id: 'journal-d', instance: 'one' }, { 2: text() })).status).toBe(200)
      expect(
        (await send({ id: 'journal-d', epoch: 2, instance: 'two' }, { 2: text() })).status,
      ).toBe(200)
      expect((await send({ id: 'journal-d', instance: 'one' }, { 3: text() })).status).toBe(200)
    },
  )

  spec(
    'SYNC/FR-014',
    'an identity that cannot be understood is refused, an absent one accepted',
    async () => {
      const body = { id: 'j', epoch: 1 }
      for (const member of [
        5,
        'x',
        [],
        { ...body, sequences: [1] },
        { ...body, sequences: [1, 1] },
        { ...body, sequences: [1, -2] },
        { ...body, epoch: 1.5 },
        { ...body, id: '' },
        { ...body, skipped: [[3, 1]] },
      ]) {
        const { status, json } = await post(hub, token, [text(), text()], {}, member)
        expect([member, status, json['type']]).toEqual([member, 400, '/problems/bad-request'])
      }
      const differing = await post(
        hub,
        token,
        [text()],
        { 'x-producer-id': 'a', 'x-producer-epoch': '1' },
        body,
      )
      expect(differing.status).toBe(400)
      expect((await post(hub, token, [text()])).status).toBe(200)
      expect(
        (
          await post(hub, token, [text()], {
            'x-producer-id': 'only-headers',
            'x-producer-epoch': '7',
          })
        ).status,
      ).toBe(200)
      expect(await producer('only-headers')).toMatchObject({ epoch: 7, watermark: null })
    },
  )

  spec(
    'SYNC/NFR-003',
    'the same batch at the same moment through several connections is one batch',
    async () => {
      const batch = Object.fromEntries(
        Array.from({ length: 50 }, (_, index) => [index + 1, text()]),
      )
      const replies = await Promise.all(
        Array.from({ length: 8 }, () => send({ id: 'journal-e' }, batch)),
      )
      expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(200))
      expect(
        replies.flatMap(({ results }) => results).filter((one) => one.status === 'success'),
      ).toHaveLength(50)
    },
  )
})
