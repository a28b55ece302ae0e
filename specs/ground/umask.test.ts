import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { gateFile, passing, runShortGate } from '../../fixtures/short-run/short-run.ts'
import { spec } from '../spec.ts'
import { withShortGate } from '../weakenings/weakened.ts'

spec(
  ['GATE/NFR-003', 'GATE/FR-004'],
  'nothing that a run writes is for others to change, whatever the umask of its shell is',
  async () => {
    const before = process.umask(0)
    onTestFinished(() => void process.umask(before))
    await withShortGate(async (folder) => {
      const made = join(folder, 'made')
      const make = `async () => (await import('node:fs')).mkdirSync(${JSON.stringify(made)})`
      await writeFile(gateFile(folder, 1), passing(1, make))
      const result = await runShortGate(folder, ['run', 'gate'])
      expect(result.exitCode, result.output).toBe(0)
      const runs = join(folder, 'artifacts', 'gate')
      for (const one of [made, runs, join(runs, 'latest')])
        expect((await stat(one)).mode & 0o022, one).toBe(0)
    })
  },
)
