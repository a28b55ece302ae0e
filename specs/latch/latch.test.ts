import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { gateFile, passing, runShortGate } from '../../fixtures/short-run/short-run.ts'
import { spec } from '../spec.ts'
import { expectNoRelease, withShortGate } from '../weakenings/weakened.ts'

/** Ways to end a file that Vitest's own `bail` lets pass: later files would run and pass. */
const silentEnds: readonly (readonly [name: string, content: string])[] = [
  ['an import error', `import './missing.ts'\n${passing(1)}`],
  ['an empty file', ''],
  [
    'an afterAll that throws',
    `${passing(1)}import { afterAll } from 'vitest'\nafterAll(() => { throw new Error('no') })\n`,
  ],
  [
    'a green test that proves nothing',
    `import { test } from 'vitest'\ntest('GATE/C-005 looks fine', () => {})\n`,
  ],
]

for (const [name, content] of silentEnds) {
  const title = `after ${name} nothing is released, and no later requirement does anything`
  spec(['GATE/FR-008', 'GATE/FR-011'], title, async () => {
    await withShortGate(async (folder) => {
      const mark = join(folder, 'third-requirement-ran')
      const leavesMark = `async () => (await import('node:fs')).writeFileSync(${JSON.stringify(mark)}, '')`
      await writeFile(gateFile(folder, 1), content)
      await writeFile(gateFile(folder, 2), passing(2, leavesMark))
      const result = await runShortGate(folder, ['run', 'gate'])
      expectNoRelease(result)
      await expect(access(mark)).rejects.toThrow(/ENOENT/)
      expect(result.evidence?.stop).toMatchObject({ requirement: 'GATE/C-005' })
    })
  })
}
