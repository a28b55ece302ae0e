import { AS_IT_IS_KEPT, migrationRatio } from '../raw-migration.ts'
import type { BenchRow } from '../row.ts'

/**
 * What the migration does beyond this: it proves each row to be an event, continues the running total
 * of bytes, writes one log line per row, looks at what is committed and empties the source.
 */
export const row: BenchRow = {
  name: 'migrate 100 k rows from 5 databases beside raw INSERT OR IGNORE … SELECT of the same values, same tables and indexes',
  unit: 'of its speed',
  bar: { atLeast: 0.8 },
  measure: () => migrationRatio(AS_IT_IS_KEPT),
}
