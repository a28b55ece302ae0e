import { collectGarbage } from '../../../packages/sync-engine/src/retention/gc.ts'
import { deliveredJournal } from '../big-journal.ts'
import { timed, type BenchRow } from '../row.ts'

const EVENTS = 500_000

export const row: BenchRow = {
  name: 'gc of 500 k events that one target has (a twentieth of 10 M, and of their minute)',
  unit: 's',
  bar: { atMost: 3 },
  measure: async () => {
    using folder = deliveredJournal(EVENTS, 1)
    const options = { now: Date.now, dryRun: false }
    return (await timed(() => collectGarbage(folder.home, options))) / 1_000
  },
}
