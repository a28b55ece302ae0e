import { spawnSync } from 'node:child_process'
import { temporaryJournal } from '../../../fixtures/engine/home.ts'
import { capture } from '../../../packages/sync-engine/src/journal/capture.ts'
import { kilobyteEvents } from '../events.ts'
import { installedProgram } from '../installed.ts'
import { speedRatio, type BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'spec-kitty sync status from a cold start, installed, beside node -e 0',
  unit: 'times its time',
  bar: { atMost: 3 },
  measure: async () => {
    using world = temporaryJournal()
    capture(world.journal, kilobyteEvents(100))
    const program = await installedProgram()
    const env = { PATH: process.env['PATH'] ?? '', HOME: world.home, SPEC_KITTY_HOME: world.home }
    const run = (arguments_: readonly string[]) => () => {
      const { status, stderr } = spawnSync(process.execPath, arguments_, { env })
      if (status !== 0 && status !== 2) throw new Error(stderr.toString())
    }
    const ratio = await speedRatio(15, run([program, 'sync', 'status']), run(['-e', '0']))
    return 1 / ratio
  },
}
