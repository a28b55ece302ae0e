import { retentionRun } from '../retention-run.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'archive of 200 k events that 5 targets have (a fifth of 1 M), processor time',
  unit: 's',
  bar: { atMost: 4 },
  measure: async () => (await retentionRun()).archive,
}
