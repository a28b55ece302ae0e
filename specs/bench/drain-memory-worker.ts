/** `drain-memory-worker.ts <home> <url> <events>`: drains and prints how the resident size grew. */
import { loggedIn } from '../../fixtures/engine/receivers.ts'
import { drain } from '../../src/sync/delivery/drain.ts'
import { openJournal } from '../../src/sync/journal/journal.ts'

const [home = '', url = '', events = '0'] = process.argv.slice(2)
const journal = openJournal({ home })
const receiver = loggedIn(url)
const afterFirstFifth: number[] = []
let done = 0

await drain({
  journal,
  receiver,
  onProgress: (progress) => {
    if (progress.kind !== 'recorded') return
    done += progress.judged.length
    if (done >= Number(events) / 5) afterFirstFifth.push(process.memoryUsage.rss())
  },
})
await receiver.close()
journal.close()

// The first samples after the fifth and the last ones; a single sample is at the mercy of a collection.
const mean = (sizes: readonly number[]): number =>
  sizes.reduce((sum, size) => sum + size, 0) / sizes.length
const span = Math.max(1, Math.floor(afterFirstFifth.length / 10))
const growth = mean(afterFirstFifth.slice(-span)) / mean(afterFirstFifth.slice(0, span))
process.stdout.write(
  JSON.stringify({ growth, megabytes: Math.max(...afterFirstFifth) / 1_048_576, done }),
)
