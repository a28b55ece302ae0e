import { resolveRun } from '../resolve-run.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'peak memory of that command at 200 k duplicates beside 40 k',
  unit: 'times its memory',
  bar: { atMost: 1.2 },
  measure: async () => {
    const few = await resolveRun(40_000, 'take-incoming')
    const many = await resolveRun(200_000, 'take-incoming')
    return many.peakMegabytes / few.peakMegabytes
  },
}
