import { alternating, benchEvents, deliver, withHubs } from '../hub.ts'
import type { BenchRow } from '../row.ts'

const EVENTS = 10_000

export const row: BenchRow = {
  name: 'hub: two hubs compared with one, four connections, cores shared with the database and the sender',
  unit: 'times its speed',
  bar: { atLeast: 1.2 },
  inTheWay:
    'for 10,000 events PostgreSQL takes 0.42 s of processor time, one hub 0.33 s and the sender 0.06 s. One hub therefore keeps two cores 0.4 s busy of the 0.45 to 0.6 s that pass; a second hub can only take away what is left of waiting. It needs a third core.',
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
