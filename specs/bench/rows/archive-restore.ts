import { retentionRun } from '../retention-run.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'import of that archive, 200 k payloads restored, processor time',
  unit: 's',
  bar: { atMost: 2.4 },
  measure: async () => (await retentionRun()).restore,
}
