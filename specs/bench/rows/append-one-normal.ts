import { appendRatio } from '../raw-append.ts'
import type { BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'append one event, NORMAL, beside raw better-sqlite3',
  unit: 'of its speed',
  bar: { atLeast: 0.8 },
  measure: () => appendRatio({ synchronous: 'NORMAL', perCommit: 1, commits: 1_000, rounds: 15 }),
}
