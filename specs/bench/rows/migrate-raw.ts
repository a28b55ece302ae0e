import { AS_IT_IS_KEPT, migrationRatio } from '../raw-migration.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'migrate 100 k rows from 5 databases beside raw INSERT OR IGNORE … SELECT of the same values, same tables and indexes',
  unit: 'of its speed',
  bar: { atLeast: 0.8 },
  measure: () => migrationRatio(AS_IT_IS_KEPT),
}
