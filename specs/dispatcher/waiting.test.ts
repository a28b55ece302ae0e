import { remedyText } from '../../packages/sync-engine/src/base/remedies.ts'
import { expect } from 'vitest'
import { someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { HURRIED, loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer, type Script } from '../../fixtures/engine/scripted-server.ts'
import { claimNext } from '../../packages/sync-engine/src/delivery/claim.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import {
  nextWaitMs,
  RETRY_POLICY,
  type RetryPolicy,
} from '../../packages/sync-engine/src/delivery/retry-policy.ts'
import { registerTarget, requireTarget } from '../../packages/sync-engine/src/delivery/targets.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { spec } from '../spec.ts'

/** Answers with the scripts in turn, then stores. */
function inTurn(...scripts: readonly Script[]): (batch: unknown, index: number) => Script {
  return (_, index) => scripts[index] ?? { kind: 'store' }
}

const busy = (status: number, headers: Record<string, string> = {}): Script => ({
  kind: 'answer',
  status,
  headers,
  body: { error: 'busy' },
})

/** Records the waits that a drain makes, and makes none. */
function recordedWaits(): { readonly waits: number[]; readonly retryPolicy: Partial<RetryPolicy> } {
  const waits: number[] = []
  const sleep = (ms: number): Promise<void> => {
    waits.push(ms)
    return Promise.resolve()
  }
  return { waits, retryPolicy: { sleep, random: () => 0 } }
}

spec(
  ['SYNC/T041', 'SYNC/NFR-002'],
  'a busy server is waited for, as long as it asks, and nothing counts against an event',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer(
      inTurn(busy(429, { 'retry-after': '7' }), busy(503), { kind: 'reset' }),
    )
    capture(world.journal, someEvents(3))
    const { waits, retryPolicy } = recordedWaits()
    const receiver = loggedIn(server.url)
    const report = await drain({ journal: world.journal, receiver, retryPolicy })
    await receiver.close()
    expect(waits).toEqual([7_000, 1_000, 2_000])
    expect(report).toMatchObject({ stop: { kind: 'finished' }, verdicts: { success: 3 }, posts: 4 })
    expect(world.journal.db.prepare('SELECT max(attempts) FROM ledger').pluck().get()).toBe(1)
  },
)

spec(
  ['SYNC/T041', 'SYNC/T028'],
  'a server that stays busy ends the drain for now: no event is judged, the rest is honoured by the daemon',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer(inTurn(busy(429, { 'retry-after': '600' })))
    capture(world.journal, someEvents(3))
    const receiver = loggedIn(server.url)
    const { stop, counts, target } = await drain({
      journal: world.journal,
      receiver,
      retryPolicy: HURRIED,
    })
    expect(stop).toMatchObject({
      kind: 'unavailable',
      category: 'throttled',
      retryAtMs: world.journal.now() + 600_000,
    })
    expect(counts).toMatchObject({ untried: 3, rejected: 0, transient: 0 })
    expect(requireTarget(world.journal, target.targetId).restingUntilMs).toBe(
      world.journal.now() + 600_000,
    )

    const daemon = { journal: world.journal, receiver, retries: 'due' } as const
    expect((await drain(daemon)).stop.kind).toBe('unavailable')
    expect(server.batches).toHaveLength(1)
    world.pass(600_000)
    expect((await drain(daemon)).counts.undelivered).toBe(0)
    await receiver.close()
  },
)

/** What a server may ask for, and what it says is the most that it asks for. */
const ASKED = [
  '31536000',
  '99999999999999',
  '9'.repeat(400),
  'Wed, 21 Oct 9999 07:28:00 GMT',
] as const
const LIMITS: readonly (number | undefined)[] = [undefined, 31_536_000, 1e300]

for (const asked of ASKED)
  for (const limit of LIMITS)
    spec(
      ['SYNC/T041', 'SYNC/FR-004'],
      `a server cannot ask to be left alone for a year: ${asked.slice(0, 30)}, at most ${limit ?? 'what it does not say'}`,
      async () => {
        using world = temporaryJournal()
        await using server = await startScriptedServer(inTurn(busy(429, { 'retry-after': asked })))
        server.health = { limits: { retry_after_max_seconds: limit } }
        capture(world.journal, someEvents(1))
        const receiver = loggedIn(server.url)
        const { stop } = await drain({ journal: world.journal, receiver, retryPolicy: HURRIED })
        await receiver.close()
        expect(stop).toMatchObject({ retryAtMs: world.journal.now() + 900_000 })
      },
    )

spec('SYNC/T041', 'waits have jitter, a cap, and an end', () => {
  const retryPolicy = { ...RETRY_POLICY, random: () => 1 }
  expect([1, 2, 3].map((tried) => nextWaitMs(retryPolicy, tried, undefined))).toEqual([
    1_000, 2_000, 4_000,
  ])
  expect(nextWaitMs({ ...retryPolicy, random: () => 0 }, 1, undefined)).toBe(500)
  expect(nextWaitMs(retryPolicy, 1, 10_000)).toBe(11_000)
  expect(nextWaitMs(retryPolicy, 1, 60_001)).toBeUndefined()
  expect(nextWaitMs({ ...retryPolicy, tries: 99 }, 50, undefined)).toBe(60_000)
  expect(nextWaitMs(retryPolicy, 4, undefined)).toBeUndefined()
})

const denials = [
  [401, {}, 'auth_expired', 'missing_auth', 'spec-kitty auth login'],
  [
    403,
    { error: 'no Private Teamspace' },
    'missing_private_team',
    'private_teamspace_gate',
    'private teamspace',
  ],
  [403, { error: 'not a member' }, 'unauthorized', 'missing_team', 'sync status'],
] as const

for (const [status, body, category, reason, remedy] of denials)
  spec(
    ['SYNC/T041', 'SYNC/NFR-002', 'SYNC/T017'],
    `a ${status} is named ${category} and never counts against an event`,
    async () => {
      using world = temporaryJournal()
      await using server = await startScriptedServer(inTurn({ kind: 'answer', status, body }))
      capture(world.journal, someEvents(2))
      const receiver = loggedIn(server.url)
      const { stop, counts, target } = await drain({
        journal: world.journal,
        receiver,
        retryPolicy: HURRIED,
      })
      expect(stop).toMatchObject({ kind: 'denied', category })
      expect(stop.kind === 'denied' && remedyText(stop.remedy)).toContain(remedy)
      expect(counts).toMatchObject({ untried: 2, undelivered: 2 })
      expect(requireTarget(world.journal, target.targetId).blockedReason).toBe(reason)
      const after = await drain({ journal: world.journal, receiver, retryPolicy: HURRIED })
      expect(after.counts.delivered).toBe(2)
      expect(requireTarget(world.journal, target.targetId).blockedReason).toBeUndefined()
      await receiver.close()
    },
  )

spec(
  ['SYNC/T041', 'SYNC/NFR-001'],
  'an interrupt finishes the running batch, records it, and leaves the rest in line',
  async () => {
    using world = temporaryJournal()
    const interrupt = new AbortController()
    await using server = await startScriptedServer((_, index) => {
      if (index === 1) interrupt.abort()
      return { kind: 'store' }
    })
    server.health = { sync_ingress: { limits: { max_events_per_batch: 10 } } }
    capture(world.journal, someEvents(100))
    const receiver = loggedIn(server.url)
    const { stop, counts } = await drain({
      journal: world.journal,
      receiver,
      signal: interrupt.signal,
    })
    expect(stop).toEqual({ kind: 'interrupted' })
    expect(counts).toMatchObject({ success: 20, untried: 80 })
    expect(server.stored.size).toBe(20)
    expect((await drain({ journal: world.journal, receiver })).counts.delivered).toBe(100)
    expect(server.batches.flatMap(({ ids }) => ids)).toHaveLength(100)
    await receiver.close()
  },
)

spec(['SYNC/T041', 'SYNC/NFR-001'], 'an interrupt during a wait ends it', async () => {
  using world = temporaryJournal()
  await using server = await startScriptedServer(() => busy(503))
  capture(world.journal, someEvents(1))
  const interrupt = new AbortController()
  const receiver = loggedIn(server.url)
  const { stop } = await drain({
    journal: world.journal,
    receiver,
    signal: interrupt.signal,
    retryPolicy: { random: () => 1 },
    onProgress: ({ kind }) => kind === 'waiting' && interrupt.abort(),
  })
  await receiver.close()
  expect(stop.kind).toBe('unavailable')
  // A wait that went on would have ended in a second attempt.
  expect(server.batches.length).toBe(1)
})

spec(
  ['SYNC/T039', 'SYNC/NFR-003'],
  'a lapsed lease and a dead holder are taken over, a living one is not',
  () => {
    using world = temporaryJournal()
    capture(world.journal, someEvents(1))
    const target = registerTarget(world.journal, { kind: 'stub', url: 'http://127.0.0.1:1/' })
    const alive = (): boolean => true
    expect(claimNext(world.journal, target, 'one', alive)).toMatchObject({
      kind: 'claimed',
      claim: { through: 1 },
    })
    expect(claimNext(world.journal, target, 'two', alive)).toMatchObject({
      kind: 'held',
      pid: process.pid,
    })
    expect(claimNext(world.journal, target, 'two', () => false).kind).toBe('claimed')
    expect(claimNext(world.journal, target, 'three', alive).kind).toBe('held')
    world.pass(180_000)
    expect(claimNext(world.journal, target, 'three', alive).kind).toBe('claimed')
  },
)
