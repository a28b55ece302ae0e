import { appendRatio } from '../raw-append.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'append one event, FULL, beside raw better-sqlite3',
  unit: 'of its speed',
  bar: { atLeast: 0.95 },
  measure: () => appendRatio({ synchronous: 'FULL', perCommit: 1, commits: 100, rounds: 41 }),
}
