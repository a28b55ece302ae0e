import { expect } from 'vitest'
import { eventOfSize } from '../../fixtures/engine/events.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer, type ScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { integrityProblems, recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { SyncError } from '../../packages/sync-engine/src/base/errors.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import type { Journal } from '../../packages/sync-engine/src/journal/journal.ts'
import { readEntries } from '../../packages/sync-engine/src/journal/read.ts'

export async function drainTo(journal: Journal, server: ScriptedServer): Promise<void> {
  const receiver = loggedIn(server.url)
  try {
    await drain({ journal, receiver })
  } finally {
    await receiver.close()
  }
}

export interface FullAndFree {
  /** Called before each of the four steps with its number, from 0. */
  readonly before?: (step: number) => void
  /** Makes room again. */
  readonly free: () => void
}

/**
 * Captures, drains, captures and drains while space runs out somewhere on the way; every step must
 * say so clearly, and succeed once there is room again. Then checks that everything is there.
 * @returns whether any step met the end of the space
 */
export async function throughFullDisk(journal: Journal, space: FullAndFree): Promise<boolean> {
  await using server = await startScriptedServer()
  const first = [eventOfSize(90_000), eventOfSize(90_000)]
  const second = [eventOfSize(90_000)]
  const steps = [
    () => void capture(journal, first),
    () => drainTo(journal, server),
    () => void capture(journal, second),
    () => drainTo(journal, server),
  ]
  let metFull = false
  for (const [number, step] of steps.entries()) {
    space.before?.(number)
    metFull = (await isStopped(step, space)) || metFull
  }
  space.free()
  const captured = [...first, ...second].map(({ event_id }) => event_id)
  expect(readEntries(journal).map(({ eventId }) => eventId)).toEqual(captured)
  expect([...server.stored.keys()]).toEqual(captured)
  expect([...recount(journal), ...integrityProblems(journal)]).toEqual([])
  return metFull
}

async function isStopped(
  step: () => void | Promise<void>,
  { free }: FullAndFree,
): Promise<boolean> {
  try {
    await step()
    return false
  } catch (cause) {
    if (!(cause instanceof SyncError)) throw cause
    expect(cause).toMatchObject({
      code: 'disk-full',
      next: expect.stringContaining('free some space') as string,
    })
    free()
    await step()
    return true
  }
}
