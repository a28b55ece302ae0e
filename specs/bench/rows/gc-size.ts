import { retentionRun } from '../retention-run.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'the journal after that gc, compared with a copy without a free page',
  unit: 'times its size',
  bar: { atMost: 1.2 },
  measure: async () => (await retentionRun()).size,
}
