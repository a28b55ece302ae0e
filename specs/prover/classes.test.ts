import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { attacks } from '../../fixtures/fix-corpus/runners/attacks.ts'
import { lookalikes } from '../../fixtures/fix-corpus/runners/lookalikes.ts'
import { newNames } from '../../fixtures/fix-corpus/runners/new-names.ts'
import { classes } from '../../fixtures/fix-corpus/runners/classes.ts'
import { compiled } from '../../fixtures/fix-corpus/runners/compiled.ts'
import { onDisk } from '../../fixtures/fix-corpus/runners/on-disk.ts'
import { quiet } from '../../fixtures/fix-corpus/runners/quiet.ts'
import { proveQuickly } from '../../fixtures/fix-corpus/runners/quick.ts'
import { isInstalled } from '../../packages/fix-prover/src/installing/other-languages.ts'
import { spec } from '../spec.ts'

/** What a machine may lack. */
const tools = new Map([
  ['go', ['go', 'version']],
  ['cargo', ['cargo', '--version']],
])

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prover-classes-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

for (const { what, runner, base, change, verdict: expected } of [
  ...classes,
  ...attacks,
  ...lookalikes,
  ...newNames,
  ...quiet,
  ...compiled,
  ...onDisk,
])
  spec(
    'GATE/FR-002',
    `a change in ${runner} that ${what} is ${expected}`,
    async ({ skip }) => {
      const tool = tools.get(runner)
      if (tool !== undefined && !(await isInstalled(tool))) skip(`there is no ${runner} here`)
      const { verdict, reasons, hunks } = await proveQuickly(folder, runner, base, change)
      expect({ verdict, reasons, hunks }).toMatchObject({ verdict: expected })
    },
    240_000,
  )
