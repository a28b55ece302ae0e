import { spawnSync } from 'node:child_process'
import { bigJournal } from '../big-journal.ts'
import { installedProgram } from '../installed.ts'
import { speedRatio, type BenchRow } from '../row.ts'

export const row: BenchRow = {
  name: 'spec-kitty sync status --check --json, cold, at 1 M events, installed, beside node -e 0',
  unit: 'times its time',
  bar: { atMost: 5 },
  measure: async () => {
    const { home } = bigJournal(1_000_000)
    const program = await installedProgram()
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, SPEC_KITTY_HOME: home }
    const run = (words: readonly string[]) => () => {
      const { status, stderr } = spawnSync(process.execPath, words, { env })
      if (status !== 0) throw new Error(stderr.toString())
    }
    const check = run([program, 'sync', 'status', '--check', '--json'])
    return 1 / (await speedRatio(15, check, run(['-e', '0'])))
  },
}
