import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { installed } from '../../../fixtures/fix-corpus/runners/installed.ts'
import { proveQuickly } from '../../../fixtures/fix-corpus/runners/quick.ts'
import { spec } from '../../spec.ts'
import { outOfReach } from './table.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prover-installed-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

for (const { what, runner, base, change, verdict: expected } of installed)
  spec(
    'GATE/FR-002',
    `a change with a runner from a registry that ${what} is ${expected}`,
    async ({ skip }) => {
      const { verdict, reasons, hunks } = await proveQuickly(folder, runner, base, change)
      const unreached = reasons.find(
        (reason) => outOfReach.test(reason) || reason.includes('is not installed'),
      )
      if (unreached !== undefined) skip(`a tool or a package is out of reach: ${unreached}`)
      expect({ verdict, reasons, hunks }).toMatchObject({ verdict: expected })
    },
    400_000,
  )
