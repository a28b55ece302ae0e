import { expect } from 'vitest'
import { someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { countsFor } from '../../src/sync/delivery/counts.ts'
import { drain } from '../../src/sync/delivery/drain.ts'
import {
  deliveredAnywhere,
  ledgerOf,
  openEntries,
  retryTerminal,
  terminalFailures,
} from '../../src/sync/delivery/ledger.ts'
import { registerTarget } from '../../src/sync/delivery/targets.ts'
import { capture } from '../../src/sync/journal/capture.ts'
import type { SqlDatabase } from '../../src/sync/journal/database.ts'
import { spec } from '../spec.ts'
import { speaking } from './speaking.ts'

/** A walk through all events, all ledger rows, or all rows of a target; partial indexes are short. */
const WALK =
  /^SCAN (events|ledger|e|l)\b(?!.* INDEX (ledger_open|ledger_terminal|events_removed))|^SEARCH (ledger|l) USING PRIMARY KEY \(generation_id=\?( AND seq[<>]\?)*\)/

/** One step, to the last row. */
const LAST_ROW = 'FROM events ORDER BY seq DESC LIMIT 1'

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
      (sql) => /^\s*(WITH|SELECT|INSERT|UPDATE|DELETE)/.test(sql) && !sql.includes(LAST_ROW),
    )
    expect(planned.flatMap((sql) => walksIn(journal.db, sql))).toEqual([])
    expect(planned.length).toBeGreaterThan(20)
  },
)
