import { streamDelays, withHubs } from '../hub.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'hub: from the answer to 20 live readers, 99th percentile',
  unit: 'ms',
  bar: { atMost: 250 },
  measure: () =>
    withHubs(1, async (bench) => {
      const delays = await streamDelays(bench, 20, 200)
      return delays[Math.floor(delays.length * 0.99)] ?? Number.NaN
    }),
}
