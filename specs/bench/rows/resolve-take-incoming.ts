import { resolveRun } from '../resolve-run.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: '200 k divergent duplicates decided by one command (take-incoming)',
  unit: 's',
  bar: { atMost: 10 },
  measure: async () => (await resolveRun(200_000, 'take-incoming')).seconds,
}
