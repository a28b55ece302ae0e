import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { registerTarget } from '../../packages/sync-engine/src/delivery/targets.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { openJournal, type Journal } from '../../packages/sync-engine/src/journal/journal.ts'
import { collectGarbage } from '../../packages/sync-engine/src/retention/gc.ts'
import { spec } from '../spec.ts'

const EVENTS = 2_500

/** Events that one target has. */
function deliver(journal: Journal): void {
  capture(
    journal,
    Array.from({ length: EVENTS }, () => anEvent()),
  )
  const { generationId } = registerTarget(journal, { kind: 'stub', url: 'http://127.0.0.1:1/' })
  journal.db.exec(`
    INSERT INTO ledger (generation_id, seq, status, attempts, first_attempted_at_ms, last_attempted_at_ms)
      SELECT ${generationId}, seq, 'success', 1, 1, 1 FROM events;
    UPDATE generations SET success = ${EVENTS}, recorded_through = ${EVENTS}, claimed_through = ${EVENTS};
    UPDATE journal_state SET claimed_through = ${EVENTS}`)
}

spec(
  ['SYNC/T066', 'SYNC/FR-010', 'SYNC/SC-002'],
  'from the moment that another target is known, a gc that runs removes nothing more, and reports what it removed',
  () => {
    using world = temporaryHome()
    const journal = openJournal({ home: world.home, synchronous: 'NORMAL' })
    deliver(journal)
    let readings = 0
    // The clock is read before each part of the events.
    const now = (): number => {
      readings += 1
      if (readings === 2) registerTarget(journal, { kind: 'stub', url: 'http://127.0.0.1:2/' })
      return 1
    }
    const { removed, bytes } = collectGarbage(world.home, { now, dryRun: false })
    expect(readings).toBeGreaterThan(2)
    expect(removed).toBeGreaterThan(0)
    expect(removed).toBeLessThan(EVENTS)
    const gone = journal.db
      .prepare(
        'SELECT count(*) AS removed, sum(size_bytes) AS bytes FROM events WHERE envelope IS NULL',
      )
      .get()
    expect({ removed, bytes }).toEqual(gone)
    expect(recount(journal)).toEqual([])
    journal.close()
  },
)
