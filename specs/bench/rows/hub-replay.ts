import { benchEvents, deliver, withHubs } from '../hub.ts'
import type { BenchRow } from '../row.ts'

const EVENTS = 100_000

export const row: BenchRow = {
  name: 'hub: replay of 100 k stored events, all recognised, compared with their first delivery',
  unit: 'of its speed',
  bar: { atLeast: 0.8 },
  measure: () =>
    withHubs(1, async (bench) => {
      await deliver(bench, benchEvents(5_000))
      const events = benchEvents(EVENTS)
      const first = await deliver(bench, events)
      return first / (await deliver(bench, events, 'duplicate'))
    }),
}
