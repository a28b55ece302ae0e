import { execa } from 'execa'
import { join } from 'node:path'
import { bigJournal } from '../big-journal.ts'
import type { BenchRow } from '../row.ts'
import { startParsingServer } from '../server.ts'

const WORKER = join(import.meta.dirname, '../drain-memory-worker.ts')

export const row: BenchRow = {
  name: 'growth of the resident size while draining 1 M events, after the first fifth',
  unit: '%',
  bar: { atMost: 10 },
  measure: async () => {
    const { home, events } = bigJournal(1_000_000)
    await using server = await startParsingServer()
    const { stdout } = await execa(process.execPath, [
      // As the daemon is started (src/cli/run/daemon-launch.ts).
      '--max-semi-space-size=8',
      WORKER,
      home,
      server.url,
      String(events),
    ])
    const { growth } = JSON.parse(stdout) as { growth: number }
    return (growth - 1) * 100
  },
}
