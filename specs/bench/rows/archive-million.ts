import { retentionRun } from '../retention-run.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'archive of 1 M events that 5 targets have, processor time',
  unit: 's',
  bar: { atMost: 20 },
  measure: async () => (await retentionRun()).archive,
}
