import { expect } from 'vitest'
import { someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { countsFor } from '../../packages/sync-engine/src/delivery/counts.ts'
import { openEntries } from '../../packages/sync-engine/src/delivery/ledger.ts'
import { integrityProblems, recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { registerTarget } from '../../packages/sync-engine/src/delivery/targets.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { journalTotals } from '../../packages/sync-engine/src/journal/totals.ts'
import { spec } from '../spec.ts'
import { drainTo, speaking } from './speaking.ts'

spec(
  ['SYNC/FR-009', 'SYNC/SC-003'],
  'retained and delivered are different numbers, per target, and counters agree with a recount',
  async () => {
    using world = temporaryJournal()
    const events = someEvents(5)
    capture(world.journal, events)
    await using a = await speaking(events, ['success', 'rejected', 'pending', 'success'])
    await using b = await startScriptedServer()
    await drainTo(world.journal, a)
    const atA = registerTarget(world.journal, loggedIn(a.url).identity)
    const atB = registerTarget(world.journal, loggedIn(b.url).identity)
    expect(journalTotals(world.journal).retained).toBe(5)
    expect(countsFor(world.journal, atA.generationId)).toMatchObject({
      delivered: 3,
      rejected: 1,
      pending: 1,
      untried: 0,
      undelivered: 2,
    })
    expect(countsFor(world.journal, atB.generationId)).toMatchObject({
      delivered: 0,
      untried: 5,
      undelivered: 5,
    })
    expect(openEntries(world.journal, atA.generationId).map(({ status }) => status)).toEqual([
      'rejected',
      'pending',
    ])
    expect(recount(world.journal)).toEqual([])
    world.journal.db.exec('UPDATE generations SET success = success + 1 WHERE success > 0')
    expect(recount(world.journal)).toEqual([{ what: `success at ${a.url}`, counted: 4, actual: 3 }])
    expect(integrityProblems(world.journal)).toEqual([])
  },
)
