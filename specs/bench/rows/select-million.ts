import { bigJournal } from '../big-journal.ts'
import type { BenchRow } from '../row.ts'
import { slowestSelection, warm } from '../select-time.ts'

export const row: BenchRow = {
  name: 'select the next 500 undelivered at 1 M events, 3 targets, holes and retries',
  unit: 'ms',
  bar: { atMost: 2 },
  measure: () => {
    const big = bigJournal(1_000_000)
    warm(big)
    return Promise.resolve(slowestSelection(big))
  },
}
