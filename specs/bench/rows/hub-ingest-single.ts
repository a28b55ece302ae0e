import { alternating, benchEvents, deliver, rawInsert, withHubs } from '../hub.ts'
import type { BenchRow } from '../row.ts'

const EVENTS = 10_000
const SINGLE = 1_000

export const row: BenchRow = {
  name: 'hub: the same, compared with one row a statement on four connections (scaled from 1,000 rows)',
  unit: 'times its speed',
  bar: { atLeast: 10 },
  measure: () =>
    withHubs(1, async (bench) => {
      await deliver(bench, benchEvents(5_000))
      return alternating(
        3,
        () => deliver(bench, benchEvents(EVENTS)),
        async () => ((await rawInsert(bench.database, benchEvents(SINGLE), 1)) * EVENTS) / SINGLE,
      )
    }),
}
