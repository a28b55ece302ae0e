import { appendRatio } from '../raw-append.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'append in batches of 500, NORMAL, beside raw better-sqlite3',
  unit: 'of its speed',
  bar: { atLeast: 0.6 },
  measure: () => appendRatio({ synchronous: 'NORMAL', perCommit: 500, commits: 10, rounds: 15 }),
}
