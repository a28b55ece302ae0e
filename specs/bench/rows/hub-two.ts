import { alternating, benchEvents, deliver, withHubs } from '../hub.ts'
import type { BenchRow } from '../row.ts'

const EVENTS = 10_000

export const row: BenchRow = {
  name: 'hub: two hubs compared with one, four connections, cores shared with the database and the sender',
  unit: 'times its speed',
  bar: { atLeast: 1.2 },
  inTheWay:
    'two cores run the database, the hubs and the sender; the database alone needs more than one of them, so a second hub only adds context switches.',
  measure: () =>
    withHubs(2, async (bench) => {
      const one = { ...bench, hubs: bench.hubs.slice(0, 1) }
      await deliver(bench, benchEvents(5_000))
      return alternating(
        5,
        () => deliver(bench, benchEvents(EVENTS)),
        () => deliver(one, benchEvents(EVENTS)),
      )
    }),
}
