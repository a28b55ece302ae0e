import { countsFor } from '../../../src/sync/delivery/counts.ts'
import { readJournal } from '../../../src/sync/journal/journal.ts'
import { journalTotals } from '../../../src/sync/journal/totals.ts'
import { bigJournal } from '../big-journal.ts'
import { median, type BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'status counts at 1 M events and 3 targets, in process',
  unit: 'ms',
  bar: { atMost: 5 },
  measure: () => {
    const { home, generations } = bigJournal(1_000_000)
    const journal = readJournal({ home })
    const samples = Array.from({ length: 50 }, () => {
      const began = performance.now()
      journalTotals(journal)
      for (const generationId of generations) countsFor(journal, generationId)
      return performance.now() - began
    })
    journal.close()
    return Promise.resolve(median(samples))
  },
}
