import { spawnSync } from 'node:child_process'
import { installedProgram } from '../installed.ts'
import { COMMITS, FILES, largeHistory } from '../large-history.ts'
import { median, timed, type BenchRow } from '../row.ts'

const ROUNDS = 9
/** The exit code of a change that a person must look at: no test was run. */
const REVIEW = 4

export const row: BenchRow = {
  name: `canary-gate inspect-fix, cold, of one change among ${COMMITS} commits and ${FILES} files, nothing run`,
  unit: 's',
  bar: { atMost: 1.5 },
  measure: async () => {
    const repo = await largeHistory()
    const program = await installedProgram('canary-gate')
    const words = [
      'inspect-fix',
      '--repo',
      repo,
      '--commit',
      'main',
      '--criterion',
      '1141',
      '--json',
    ]
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round += 1)
      times.push(await timed(() => inspect([program, ...words])))
    return median(times) / 1_000
  },
}

function inspect(words: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, words)
  if (status !== REVIEW) throw new Error(`exit code ${status}: ${stderr.toString()}`)
}
