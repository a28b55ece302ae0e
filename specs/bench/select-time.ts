import { selectFresh, selectOpen } from '../../packages/sync-engine/src/delivery/select.ts'
import type { BigJournal } from './big-journal.ts'
import { median } from './row.ts'

const LIMIT = 500

/** The ways in which a drain asks for the next 500: untried at three positions, and retries. */
function selections({ journal, events, generations }: BigJournal): (() => unknown)[] {
  const [near, half] = generations
  const fresh = (from: number) => () =>
    selectFresh(journal, { after: Math.floor(from), through: events, limit: LIMIT })
  const open = (generationId: number, after: number) => () =>
    selectOpen(journal, generationId, { after: Math.floor(after), dueBy: Date.now(), limit: LIMIT })
  return [
    fresh(0),
    fresh(events * 0.5),
    fresh(events * 0.9),
    open(near, 0),
    open(near, events * 0.4),
    open(half, 0),
  ]
}

/** The median time of the slowest way to select the next 500 undelivered events, in milliseconds. */
export function slowestSelection(big: BigJournal, rounds = 60): number {
  const times = selections(big).map((select) => {
    const samples: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const began = performance.now()
      select()
      samples.push(performance.now() - began)
    }
    return median(samples)
  })
  return Math.max(...times)
}

/** Reads the texts as well, so that a page cache that is cold for one size is cold for the other. */
export function warm(big: BigJournal): void {
  slowestSelection(big, 5)
}
