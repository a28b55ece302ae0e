import { bigJournal } from '../big-journal.ts'
import { median, type BenchRow } from '../row.ts'
import { slowestSelection, warm } from '../select-time.ts'

export const row: BenchRow = {
  name: 'the same selection at 1 M events beside 100 k events',
  unit: 'times the time',
  bar: { atMost: 3 },
  measure: () => {
    const [big, small] = [bigJournal(1_000_000), bigJournal(100_000)]
    warm(big)
    warm(small)
    const ratios = Array.from(
      { length: 7 },
      () => slowestSelection(big, 20) / slowestSelection(small, 20),
    )
    return Promise.resolve(median(ratios))
  },
}
