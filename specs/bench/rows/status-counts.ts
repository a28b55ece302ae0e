import { countsFor } from '../../../packages/sync-engine/src/delivery/counts.ts'
import { readJournal } from '../../../packages/sync-engine/src/journal/journal.ts'
import { journalTotals } from '../../../packages/sync-engine/src/journal/totals.ts'
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
