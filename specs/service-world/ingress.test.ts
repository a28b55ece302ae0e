import { expect } from 'vitest'
import { spec } from '../spec.ts'
import { event, moved, openLine, statuses } from './calling.ts'

spec(
  ['GATE/FR-007', 'SYNC/T034'],
  'an accepted event is queued, then pending, and a duplicate once it materialized',
  async () => {
    let now = 0
    await using line = await openLine({ drainDelayMs: 500, now: () => now })
    await line.login()
    const one = event()
    expect(statuses(await line.batch([one]))).toEqual(['queued'])
    expect(statuses(await line.batch([one]))).toEqual(['pending'])
    now = 501
    expect(statuses(await line.batch([one, event()]))).toEqual(['duplicate', 'queued'])
    expect(line.service.events.size).toBe(2)
  },
)

spec(
  'SYNC/T034',
  'a service told to answer at once says success, plain JSON is taken as well as gzip',
  async () => {
    await using line = await openLine({ firstAnswer: 'success' })
    await line.login()
    expect(statuses(await line.json('/api/v1/events/batch/', { events: [event()] }))).toEqual([
      'success',
    ])
  },
)

spec(
  ['GATE/FR-013', 'SYNC/T034'],
  'materialized events become the state of their mission',
  async () => {
    await using line = await openLine()
    await line.login()
    await line.batch([
      event(),
      moved('planned', 'claimed'),
      { ...moved('claimed', 'in_progress'), lamport_clock: 2 },
    ])
    const mission = await line.get('/api/v1/missions/demo/')
    expect(mission).toMatchObject({
      status: 200,
      body: {
        created: true,
        event_count: 3,
        work_packages: {
          WP01: { lane: 'in_progress', history: ['planned -> claimed', 'claimed -> in_progress'] },
        },
      },
    })
    expect((await line.get('/api/v1/missions/unknown/')).status).toBe(404)
  },
)

spec('GATE/FR-013', 'nothing materializes while the drain is stalled', async () => {
  await using line = await openLine({ drain: { stalled: true } })
  await line.login()
  await line.batch([event()])
  expect((await line.get('/api/v1/missions/demo/')).status).toBe(404)
  line.service.drain.stalled = false
  expect((await line.get('/api/v1/missions/demo/')).status).toBe(200)
})

spec(
  'SYNC/T034',
  'one poison event refuses the whole batch, names itself, and nothing is stored',
  async () => {
    await using line = await openLine()
    await line.login()
    const poison = event({ payload: { mission_slug: 'demo', actor: 'robin' } })
    const refused = await line.batch([event(), poison, event()])
    expect(refused.status).toBe(400)
    expect(refused.body['details']).toEqual([
      expect.objectContaining({
        index: 1,
        event_id: poison['event_id'],
        error: expect.stringContaining('actor') as string,
      }),
    ])
    expect(line.service.events.size).toBe(0)
  },
)

spec('SYNC/T034', 'every way to be malformed is refused with its reason', async () => {
  await using line = await openLine()
  await line.login()
  const incomplete = event({ build_id: undefined })
  for (const [poison, reason] of [
    [event({ payload: { deep: [{ feature_slug: 'x' }] } }), 'feature_slug'],
    [event({ payload: { mission_slug: 'demo', work_package_id: 'x' } }), 'work_package_id'],
    [event({ to_lane: 'planned' }), 'to_lane'],
    [event({ lamport_clock: -1 }), 'lamport_clock'],
    [event({ event_id: 'short' }), 'event_id'],
    [incomplete, 'build_id'],
    [moved('planned', 'nowhere'), 'to_lane'],
    [moved('planned', 'claimed', { mission_id: 'x' }), 'mission_id'],
    ['text', 'event'],
  ] as const) {
    const refused = await line.batch([poison])
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body['details'])).toContain(reason)
  }
})

spec(
  ['GATE/FR-007', 'SYNC/T028'],
  'going back from review without force and reason is rejected, its neighbours are taken',
  async () => {
    await using line = await openLine()
    await line.login()
    const answer = await line.batch([
      moved('in_review', 'planned'),
      moved('in_review', 'planned', { force: true, reason: ' ' }),
      moved('in_review', 'planned', { force: true, reason: 'tests are missing' }),
    ])
    expect(answer.status).toBe(200)
    expect(statuses(answer)).toEqual(['rejected', 'rejected', 'queued'])
    expect(line.service.drain.businessRuleRejectedCount).toBe(22)
  },
)

spec(
  ['GATE/C-004', 'SYNC/T034'],
  'a batch is measured decompressed, and the refusal carries the limits',
  async () => {
    await using line = await openLine({
      limits: { maxDecompressedBytesPerBatch: 2000, maxEventsPerBatch: 3 },
    })
    await line.login()
    const large = event({ payload: { mission_slug: 'demo', friendly_name: 'x'.repeat(3000) } })
    const refused = await line.batch([large])
    expect(refused).toMatchObject({
      status: 413,
      body: { limits: { max_decompressed_bytes_per_batch: 2000 } },
    })
    expect((await line.get('/api/v1/sync/health/')).body).toMatchObject({
      sync_ingress: { limits: { max_decompressed_bytes_per_batch: 2000, max_events_per_batch: 3 } },
    })
    expect((await line.json('/api/v1/events/batch/', { events: [large] })).status).toBe(413)
    const small = { event_id: 'a' }
    expect((await line.batch([small, small, small, small])).status).toBe(413)
    expect((await line.batch([event()])).status).toBe(200)
  },
)

spec('SYNC/T034', 'ingress needs a login and a private teamspace', async () => {
  await using line = await openLine()
  expect((await line.batch([event()])).status).toBe(401)
  await line.login()
  expect((await line.batch([event()], { 'x-team-slug': 'team-robin' })).status).toBe(200)
  expect(await line.batch([event()], { 'x-team-slug': 'team-shared' })).toMatchObject({
    status: 403,
    body: { category: 'direct_ingress_missing_private_team' },
  })
  expect(await line.batch([event()], { 'x-team-slug': 'team-kim' })).toMatchObject({
    status: 403,
    body: { category: 'unauthorized' },
  })
})

spec(
  ['SYNC/NFR-003', 'SYNC/T034'],
  'a reply dropped after the commit leaves the events stored once',
  async () => {
    await using line = await openLine({
      faults: [{ route: 'POST /api/v1/events/batch/', nth: [1], effect: { kind: 'drop-reply' } }],
    })
    await line.login()
    const one = event()
    await expect(line.batch([one])).rejects.toThrow()
    expect(statuses(await line.batch([one]))).toEqual(['duplicate'])
    expect(line.service.events.size).toBe(1)
  },
)

spec(
  'SYNC/T034',
  'a throttled batch carries Retry-After, and the route works again afterwards',
  async () => {
    await using line = await openLine({
      faults: [
        {
          route: 'POST /api/v1/events/batch/',
          nth: [1],
          effect: {
            kind: 'answer',
            status: 429,
            headers: { 'retry-after': '2' },
            body: { error: 'throttled' },
          },
        },
      ],
    })
    await line.login()
    const throttled = await line.batch([event()])
    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '2'])
    expect((await line.batch([event()])).status).toBe(200)
  },
)

spec(
  'SYNC/T034',
  'the lane before planning belongs to the later contract of the events package',
  async () => {
    await using before = await openLine()
    await using since = await openLine({ eventsContract: '6.1' })
    for (const line of [before, since]) await line.login()
    expect((await before.batch([moved('genesis', 'planned')])).status).toBe(400)
    expect(statuses(await since.batch([moved('genesis', 'planned')]))).toEqual(['queued'])
  },
)
