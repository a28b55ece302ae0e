import fc from 'fast-check'
import { expect } from 'vitest'
import { cliWorld } from '../../fixtures/cli/world.ts'
import { eventOfSize, someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer, type ScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { listFailed, retryTerminal } from '../../packages/sync-engine/src/delivery/dead-letters.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import type { DrainReport } from '../../packages/sync-engine/src/delivery/report.ts'
import type { Journal } from '../../packages/sync-engine/src/journal/journal.ts'
import { MAX_REJECTIONS } from '../../packages/sync-engine/src/delivery/transition.ts'
import { spec } from '../spec.ts'

async function drainTo(journal: Journal, server: ScriptedServer): Promise<DrainReport> {
  const receiver = loggedIn(server.url)
  try {
    return await drain({ journal, receiver })
  } finally {
    await receiver.close()
  }
}

const absurd = fc.oneof(
  fc.constantFrom(0, 1, -1, 0.5, 13, 100, 999, 1e18, 1e308, Number.MAX_SAFE_INTEGER),
  fc.constantFrom<unknown>('1', null, true, [], {}, '1e3'),
)
const limits = fc.record({
  max_events_per_batch: fc.oneof(
    fc.constantFrom(0, -5, 0.5, 1e300, Number.MAX_SAFE_INTEGER),
    absurd,
  ),
  max_decompressed_bytes_per_batch: absurd,
  retry_after_max_seconds: absurd,
})

spec(
  ['SYNC/FR-014', 'SYNC/FR-015', 'SYNC/T042'],
  'limits that no receiver can mean end no event: they are delivered as without any',
  async () => {
    await fc.assert(
      fc.asyncProperty(limits, async (named) => {
        using world = temporaryJournal({ synchronous: 'NORMAL' })
        await using server = await startScriptedServer()
        server.health = { sync_ingress: { limits: named } }
        capture(world.journal, [...someEvents(5), eventOfSize(30_000)])
        const { stop } = await drainTo(world.journal, server)
        expect(stop).toEqual({ kind: 'finished' })
        expect(server.stored.size).toBe(6)
        expect(listFailed(world.journal, 9)).toEqual([])
      }),
      { numRuns: 40 },
    )
  },
)

/** Answers that call a small event too large, which cannot be true. */
const TOO_LARGE = [
  { status: 413, body: { limits: { max_decompressed_bytes_per_batch: 1 } } },
  { status: 413, body: { error: 'too large' } },
  { status: 400, body: { error: 'payload too large' } },
  { status: 500, body: { detail: 'Too Large' } },
]

for (const { status, body } of TOO_LARGE)
  spec(
    ['SYNC/FR-014', 'SYNC/FR-015', 'SYNC/T042'],
    `small events that are called too large (${status} ${JSON.stringify(body)}) are sent again, and not for ever`,
    async () => {
      using world = temporaryJournal({ synchronous: 'NORMAL' })
      let isMended = false
      await using server = await startScriptedServer(() =>
        isMended ? { kind: 'store' } : { kind: 'answer', status, body },
      )
      capture(world.journal, someEvents(4))
      for (let time = 1; time < MAX_REJECTIONS; time += 1) await drainTo(world.journal, server)
      expect(listFailed(world.journal, 9)).toEqual([])
      await drainTo(world.journal, server)
      expect(listFailed(world.journal, 9)).toMatchObject(
        Array.from({ length: 4 }, () => ({ category: 'unclear_limit' })),
      )
      const posts = server.batches.length
      await drainTo(world.journal, server)
      expect(server.batches.length).toBe(posts)
      isMended = true
      expect(retryTerminal(world.journal)).toBe(4)
      await drainTo(world.journal, server)
      expect(server.stored.size).toBe(4)
    },
  )

spec(
  ['SYNC/FR-014', 'SYNC/T042'],
  'a refusal for size that contradicts the limit it names is no verdict, and the others go on',
  async () => {
    using world = temporaryJournal({ synchronous: 'NORMAL' })
    const odd = eventOfSize(3_000)
    await using server = await startScriptedServer(({ ids }) =>
      ids.includes(odd.event_id)
        ? {
            kind: 'answer',
            status: 413,
            body: { limits: { max_decompressed_bytes_per_batch: 500_000 } },
          }
        : { kind: 'store' },
    )
    capture(world.journal, [...someEvents(2), odd, eventOfSize(500), eventOfSize(500)])
    await drainTo(world.journal, server)
    expect(server.stored.size).toBe(4)
    expect(listFailed(world.journal, 9)).toEqual([])
  },
)

spec(
  ['SYNC/FR-019', 'SYNC/NFR-001'],
  'status and sync now say that the receiver finds an ordinary event too large',
  async () => {
    await using world = cliWorld()
    await using server = await startScriptedServer(() => ({
      kind: 'answer',
      status: 413,
      body: { limits: { max_decompressed_bytes_per_batch: 1 } },
    }))
    await world.call(`sync mode EXTERNAL_RECEIVER --endpoint ${server.endpoint}`)
    await world.call('agent mission create demo')
    await world.call('sync allow --all')
    const sent = await world.call('sync now --json')
    expect(sent.code).toBe(1)
    expect(sent.json).toMatchObject({ ok: false })
    expect(sent.out).toContain('names 1 bytes as its limit, which cannot be meant')
    const status = await world.call('sync status')
    expect(status.out).toContain('to be sent again')
  },
)
