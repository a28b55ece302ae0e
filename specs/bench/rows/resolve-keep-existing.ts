import { resolveRun } from '../resolve-run.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: '200 k divergent duplicates decided by one command (keep-existing)',
  unit: 's',
  bar: { atMost: 10 },
  measure: async () => (await resolveRun(200_000, 'keep-existing')).seconds,
}
