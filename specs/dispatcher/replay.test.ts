import { expect } from 'vitest'
import { eventOfSize, someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { external, HURRIED, loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer, type ScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { ledgerOf, terminalFailures } from '../../packages/sync-engine/src/delivery/ledger.ts'
import type { DrainReport } from '../../packages/sync-engine/src/delivery/report.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import type { Journal } from '../../packages/sync-engine/src/journal/journal.ts'
import { readEntries } from '../../packages/sync-engine/src/journal/read.ts'
import { journalTotals } from '../../packages/sync-engine/src/journal/totals.ts'
import { spec } from '../spec.ts'

async function drainTo(journal: Journal, server: ScriptedServer): Promise<DrainReport> {
  const receiver = loggedIn(server.url)
  const report = await drain({ journal, receiver, retryPolicy: HURRIED })
  await receiver.close()
  return report
}

spec(
  [
    'SYNC/T043',
    'SYNC/T045',
    'SYNC/T039',
    'SYNC/T040',
    'SYNC/T041',
    'SYNC/FR-001',
    'SYNC/FR-003',
    'SYNC/FR-004',
    'SYNC/FR-005',
    'SYNC/SC-001',
  ],
  'the same events go to A and then to B, stay here, and go to A no second time',
  async () => {
    using world = temporaryJournal()
    await using a = await startScriptedServer()
    await using b = await startScriptedServer()
    const events = someEvents(1_200)
    const ids = events.map(({ event_id }) => event_id)
    capture(world.journal, events)

    expect((await drainTo(world.journal, a)).verdicts.success).toBe(1_200)
    expect((await drainTo(world.journal, b)).verdicts.success).toBe(1_200)
    expect([...a.stored.keys()]).toEqual(ids)
    expect([...b.stored.keys()]).toEqual(ids)
    expect([...b.stored.values()]).toEqual([...a.stored.values()])
    expect(journalTotals(world.journal).retained).toBe(1_200)

    const postsBefore = a.batches.length
    const again = await drainTo(world.journal, a)
    expect(again).toMatchObject({ posts: 0, counts: { delivered: 1_200, undelivered: 0 } })
    expect(a.batches).toHaveLength(postsBefore)
  },
)

spec(
  ['SYNC/FR-004', 'SYNC/T039'],
  'events captured later are the only ones that the next drain sends',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    capture(world.journal, someEvents(5))
    await drainTo(world.journal, server)
    const late = someEvents(2)
    capture(world.journal, late)
    await drainTo(world.journal, server)
    expect(server.batches.at(-1)?.ids).toEqual(late.map(({ event_id }) => event_id))
  },
)

spec(
  ['SYNC/T042', 'SYNC/T045', 'SYNC/FR-015'],
  'an event that is too large alone fails for good, can be inspected, and delays no other',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer((batch) =>
      batch.bytes > 10_000
        ? { kind: 'answer', status: 413, body: { error: 'payload too large' } }
        : { kind: 'store' },
    )
    const huge = eventOfSize(20_000)
    const before = someEvents(40)
    const after = someEvents(40)
    capture(world.journal, [...before, huge, ...after])
    const report = await drainTo(world.journal, server)
    expect([...server.stored.keys()]).toEqual([...before, ...after].map(({ event_id }) => event_id))
    expect(report).toMatchObject({
      stop: { kind: 'finished' },
      verdicts: { success: 80, 'terminal-failed': 1 },
    })
    expect(terminalFailures(world.journal)).toMatchObject([
      { eventId: huge.event_id, category: 'oversized_event', httpStatus: 413 },
    ])
    expect(
      JSON.parse(readEntries(world.journal, { after: 40, limit: 1 })[0]?.envelope ?? ''),
    ).toEqual(huge)
    const postsBefore = server.batches.length
    await drainTo(world.journal, server)
    expect(server.batches).toHaveLength(postsBefore)
  },
)

spec(
  ['SYNC/T042', 'SYNC/T045'],
  'an event above what the server itself names as its limit is not even sent',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    server.health = { sync_ingress: { limits: { max_decompressed_bytes_per_batch: 5_000 } } }
    const huge = eventOfSize(6_000)
    capture(world.journal, [huge, ...someEvents(2)])
    await drainTo(world.journal, server)
    expect(server.stored.size).toBe(2)
    expect(server.batches.flatMap(({ ids }) => ids)).not.toContain(huge.event_id)
    expect(ledgerOf(world.journal, huge.event_id)).toMatchObject([{ status: 'terminal-failed' }])
  },
)

spec('SYNC/T045', 'after a 413 the batches of the rest of the drain are smaller', async () => {
  using world = temporaryJournal()
  await using server = await startScriptedServer((batch) =>
    batch.bytes > 40_000 ? { kind: 'answer', status: 413 } : { kind: 'store' },
  )
  capture(world.journal, someEvents(3_000))
  const { verdicts } = await drainTo(world.journal, server)
  expect(verdicts.success).toBe(3_000)
  const refused = server.batches.filter(({ bytes }) => bytes > 40_000).length
  expect(refused).toBeLessThan(8)
})

const poisonous = [
  ['a server that names the culprit', true],
  ['a server that does not', false],
] as const

for (const [kind, names] of poisonous)
  spec(
    ['SYNC/T045', 'SYNC/NFR-002', 'SYNC/T041'],
    `poison events are isolated in order and every innocent is delivered by ${kind}`,
    async () => {
      using world = temporaryJournal()
      const events = someEvents(300)
      const poison = new Set([0, 17, 18, 299].map((index) => events[index]!.event_id))
      await using server = await startScriptedServer((batch) => {
        const culprits = batch.ids.filter((id) => poison.has(id))
        if (culprits.length === 0) return { kind: 'store' }
        const details = culprits.map((event_id) => ({ event_id, reason: 'surplus field' }))
        return {
          kind: 'answer',
          status: 400,
          body: names ? { error: 'invalid', details } : { error: 'invalid' },
        }
      })
      capture(world.journal, events)
      const report = await drainTo(world.journal, server)
      const innocents = events.map(({ event_id }) => event_id).filter((id) => !poison.has(id))
      expect([...server.stored.keys()]).toEqual(innocents)
      expect(report.verdicts).toMatchObject({ success: 296, rejected: 4 })
      expect(
        report.failures.map(({ eventId, status, detail }) => [poison.has(eventId), status, detail]),
      ).toEqual(
        Array.from({ length: 4 }, () => [true, 'rejected', names ? 'surplus field' : 'invalid']),
      )
    },
  )

spec(['SYNC/T045', 'SYNC/T030'], 'nothing behind a stuck event waits for it', async () => {
  using world = temporaryJournal()
  const [stuck, ...others] = someEvents(4)
  await using server = await startScriptedServer(() => ({
    kind: 'results',
    of: (id) => (id === stuck!.event_id ? { status: 'rejected', error: 'never' } : undefined),
  }))
  capture(world.journal, [stuck!, ...others.slice(0, 2)])
  await drainTo(world.journal, server)
  capture(world.journal, others.slice(2))
  await drainTo(world.journal, server)
  expect(server.stored.size).toBe(3)
  expect(ledgerOf(world.journal, stuck!.event_id)).toMatchObject([
    { status: 'rejected', attempts: 2 },
  ])
})

spec(
  ['SYNC/T041', 'SYNC/T028'],
  'an open event is tried once per drain; a daemon waits until it is due',
  async () => {
    using world = temporaryJournal()
    capture(world.journal, someEvents(1))
    await using server = await startScriptedServer(() => ({
      kind: 'results',
      of: () => ({ status: 'pending' }),
    }))
    await drainTo(world.journal, server)
    const receiver = loggedIn(server.url)
    await drain({ journal: world.journal, receiver, retries: 'due' })
    expect(server.batches).toHaveLength(1)
    world.pass(5_000)
    await drain({ journal: world.journal, receiver, retries: 'due' })
    expect(server.batches).toHaveLength(2)
    await drain({ journal: world.journal, receiver, retries: 'all' })
    expect(server.batches).toHaveLength(3)
    await receiver.close()
  },
)

spec(['SYNC/C-003', 'SYNC/T045'], 'a dead target stalls no other', async () => {
  using world = temporaryJournal()
  await using alive = await startScriptedServer()
  const dead = await startScriptedServer()
  await dead.close()
  capture(world.journal, someEvents(20))
  const receivers = [external(dead.endpoint), external(alive.endpoint)]
  const [first, second] = await Promise.all(
    receivers.map((receiver) =>
      drain({ journal: world.journal, receiver, retryPolicy: { ...HURRIED, tries: 2 } }),
    ),
  )
  expect(first?.stop).toMatchObject({ kind: 'unavailable', category: 'unreachable' })
  expect(first?.counts.undelivered).toBe(20)
  expect(second?.counts.delivered).toBe(20)
  for (const receiver of receivers) await receiver.close()
})
