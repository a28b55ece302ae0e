import { expect } from 'vitest'
import { eventOfSize } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { archive } from '../../packages/sync-engine/src/retention/archive.ts'
import { collectableAfter } from '../../packages/sync-engine/src/retention/collect.ts'
import { collectGarbage } from '../../packages/sync-engine/src/retention/gc.ts'
import { exportEvents } from '../../packages/sync-engine/src/retention/export.ts'
import { repairJournal } from '../../packages/sync-engine/src/retention/repair.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { spec } from '../spec.ts'

const EVENTS = 24
const EVENT_BYTES = 1_000_000
/** A few megabytes, and one event more. */
const MOST = 6 * EVENT_BYTES

spec(
  ['SYNC/NFR-004', 'SYNC/T066'],
  'whatever reads many events takes large ones a few megabytes at a time, and none is left out',
  async () => {
    using world = temporaryJournal({ synchronous: 'NORMAL' })
    const { journal, home } = world
    capture(
      journal,
      Array.from({ length: EVENTS }, () => eventOfSize(EVENT_BYTES)),
    )
    let largest = 0
    const note = (lines: string): void => void (largest = Math.max(largest, lines.length))
    expect(exportEvents(home, note)).toMatchObject({ exported: EVENTS })
    expect(largest).toBeLessThan(MOST)

    await using server = await startScriptedServer()
    const receiver = loggedIn(server.url)
    await drain({ journal, receiver })
    await receiver.close()
    expect(server.stored.size).toBe(EVENTS)
    const page = collectableAfter(journal, 0)
    expect(page.reduce((sum, { envelope }) => sum + envelope.length, 0)).toBeLessThan(MOST)
    journal.close()

    expect(repairJournal(home, Date.now)).toMatchObject({ salvaged: EVENTS })
  },
)

for (const [what, remove] of Object.entries({
  gc: (home: string, now: () => number) => {
    const { removed } = collectGarbage(home, { now, dryRun: false })
    return Promise.resolve(removed)
  },
  archive: async (home: string, now: () => number) =>
    (await archive(homePaths(home), { now, dryRun: false })).archived,
}))
  spec(
    ['SYNC/NFR-004', 'SYNC/T066'],
    `${what} removes large events a few at a time, so that captures go on in between`,
    async () => {
      using world = temporaryJournal({ synchronous: 'NORMAL' })
      const { journal, home } = world
      capture(
        journal,
        Array.from({ length: EVENTS }, () => eventOfSize(EVENT_BYTES)),
      )
      await using server = await startScriptedServer()
      const receiver = loggedIn(server.url)
      await drain({ journal, receiver })
      await receiver.close()
      journal.close()
      // The clock is read once for every transaction, and by an archive twice for its own dates.
      let readings = what === 'archive' ? -2 : 0
      expect(await remove(home, () => (readings += 1) + Date.now())).toBe(EVENTS)
      expect(readings).toBeGreaterThanOrEqual(EVENTS / 9)
    },
  )
