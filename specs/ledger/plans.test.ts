import { expect } from 'vitest'
import { someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { countsFor } from '../../packages/sync-engine/src/delivery/counts.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { retryTerminal } from '../../packages/sync-engine/src/delivery/dead-letters.ts'
import {
  deliveredAnywhere,
  ledgerOf,
  openEntries,
  terminalFailures,
} from '../../packages/sync-engine/src/delivery/ledger.ts'
import { registerTarget } from '../../packages/sync-engine/src/delivery/targets.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import type { SqlDatabase } from '../../packages/sync-engine/src/base/sqlite.ts'
import { spec } from '../spec.ts'
import { speaking } from './speaking.ts'

/** A walk through all events, all ledger rows, or all rows of a target; partial indexes are short. */
const WALK =
  /^SCAN (events|ledger|e|l)\b(?!.* INDEX (ledger_open|ledger_terminal|events_removed))|^SEARCH (ledger|l) USING PRIMARY KEY \(generation_id=\?( AND seq[<>]\?)*\)/

/** One step, to the last row. */
const LAST_ROW = /FROM (events|ledger WHERE generation_id = \S+) ORDER BY seq DESC LIMIT 1/

/** A journal of an earlier version is read through once. */
const UPGRADE = /SELECT DISTINCT (e\.)?producer/

function walksIn(db: SqlDatabase, sql: string): string[] {
  const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]
  return plan.filter(({ detail }) => WALK.test(detail)).map(({ detail }) => `${detail}: ${sql}`)
}

spec(
  ['SYNC/T030', 'SYNC/T032'],
  'capture, drain, retry and inspection read along cursors and indexes, never the whole ledger or journal',
  async () => {
    const run = new Set<string>()
    using world = temporaryJournal({ onStatement: (sql) => run.add(sql) })
    const { journal } = world
    const events = someEvents(4)
    capture(journal, events.slice(0, 3))
    await using server = await speaking(events, ['success', 'rejected', 'failed_permanent'])
    const receiver = loggedIn(server.url)
    await drain({ journal, receiver })
    retryTerminal(journal, events[2]!.event_id)
    capture(journal, events.slice(3))
    await drain({ journal, receiver })
    await receiver.close()
    const { generationId } = registerTarget(journal, receiver.identity)
    const { event_id } = events[0]!
    for (const look of [ledgerOf, deliveredAnywhere]) look(journal, event_id)
    for (const look of [openEntries, countsFor]) look(journal, generationId)
    terminalFailures(journal)
    const planned = [...run].filter(
      (sql) =>
        /^\s*(WITH|SELECT|INSERT|UPDATE|DELETE)/.test(sql) &&
        !LAST_ROW.test(sql) &&
        !UPGRADE.test(sql),
    )
    expect(planned.flatMap((sql) => walksIn(journal.db, sql))).toEqual([])
    expect(planned.length).toBeGreaterThan(20)
  },
)
