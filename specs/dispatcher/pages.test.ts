import { expect } from 'vitest'
import { eventOfSize, someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { HURRIED, loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { batchBody, doubleBuffer } from '../../packages/sync-engine/src/delivery/body.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { selectFresh, selectOpen } from '../../packages/sync-engine/src/delivery/select.ts'
import { registerTarget } from '../../packages/sync-engine/src/delivery/targets.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { spec } from '../spec.ts'

spec(
  ['SYNC/T040', 'SYNC/T030'],
  'large events are read a megabyte at a time and an even larger one alone, at first and when sent again',
  async () => {
    using world = temporaryJournal({ synchronous: 'NORMAL' })
    const { journal } = world
    const sizes = [400_000, 400_000, 400_000, 3_000_000, 100]
    capture(
      journal,
      sizes.map((size) => eventOfSize(size)),
    )
    const seqs = (found: readonly { seq: number }[]): number[] => found.map(({ seq }) => seq)
    const fresh = (after: number): number[] =>
      seqs(selectFresh(journal, { after, through: 99, limit: 500 }))
    expect([0, 2, 3, 4].map(fresh)).toEqual([[1, 2], [3], [4], [5]])
    expect(fresh(5)).toEqual([])

    await using server = await startScriptedServer(() => ({
      kind: 'results',
      of: () => ({ status: 'rejected' }),
    }))
    const receiver = loggedIn(server.url)
    await drain({ journal, receiver, retryPolicy: HURRIED })
    await receiver.close()
    const { generationId } = registerTarget(journal, receiver.identity)
    const open = (after: number): number[] =>
      seqs(selectOpen(journal, generationId, { after, dueBy: Infinity, limit: 500 }))
    expect(open(0)).toEqual([1, 2, 3])
    expect(open(3)).toEqual([4])
    expect(open(4)).toEqual([5])
  },
)

spec(
  ['SYNC/T040', 'SYNC/NFR-003'],
  'the body on its way stays as it is while the next is made beside it',
  () => {
    using world = temporaryJournal({ synchronous: 'NORMAL' })
    capture(world.journal, someEvents(6))
    const page = selectFresh(world.journal, { after: 0, through: 6, limit: 6 })
    const room = doubleBuffer()
    const parts = [page.slice(0, 1), page.slice(1, 4), page.slice(4, 5), page.slice(5)]
    const made: Buffer[] = []
    for (const [index, part] of parts.entries()) {
      made.push(batchBody(part, 'ours', room))
      for (const at of [index - 1, index].filter((one) => one >= 0))
        expect(made[at]?.toString()).toBe(batchBody(parts[at]!, 'ours').toString())
    }
    expect(made[3]?.buffer).toBe(made[1]?.buffer)
  },
)
