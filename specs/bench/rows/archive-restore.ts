import { retentionRun } from '../retention-run.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'import of that archive, 1 M payloads restored, processor time',
  unit: 's',
  bar: { atMost: 12 },
  measure: async () => (await retentionRun()).restore,
}
