import { AS_IT_LIES, migrationRatio } from '../raw-migration.ts'
import type { BenchRow } from '../row.ts'

/**
 * Of the processor time of the migration, a third is this raw copy; a fifth takes local book-keeping
 * out of each text, a sixth proves each row to be an event, the rest are provenance, one log line per
 * row and the clean-up. A copy that looks at nothing needs none of it, and could not be trusted.
 */
export const row: BenchRow = {
  name: 'the same migration beside a raw copy that looks at no content',
  unit: 'of its speed',
  bar: { atLeast: 0.8 },
  measure: () => migrationRatio(AS_IT_LIES),
}
