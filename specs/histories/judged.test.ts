import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { createHistories, NODE_TEST_COMMAND } from '../../fixtures/histories/index.ts'
import { readCriterion } from '../../packages/fix-prover/src/changes/criterion.ts'
import { inspectFix } from '../../packages/fix-prover/src/inspecting/inspect.ts'
import { commandSuite } from '../../packages/fix-prover/src/runners/command.ts'
import { spec } from '../spec.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'judged-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

const VERDICTS = [
  ['1141', 'real', 'accepted'],
  ['1141', 'diagnostic-only', 'rejected'],
  ['1141', 'test-missing', 'rejected'],
  ['1141', 'test-passes-before', 'rejected'],
  ['1141', 'test-fails-after', 'not accepted'],
  ['1141', 'test-unloadable-before', 'inconclusive'],
  ['1141', 'test-skipped', 'not accepted'],
  ['1141', 'other-function', 'rejected'],
  ['1141', 'breaks-old-test', 'not accepted'],
  ['1182', 'real', 'accepted'],
  ['1182', 'timeout-only', 'rejected'],
  ['1182', 'test-missing', 'rejected'],
  ['1182', 'test-passes-before', 'rejected'],
] as const

for (const [issue, kind, standing] of VERDICTS)
  spec('GATE/FR-002', `a fix of ${issue} that is ${kind} is ${standing}`, async () => {
    const histories = await createHistories(join(folder, `${issue}-${kind}`), {
      fixes: { [issue]: kind },
    })
    const report = await inspectFix({
      repo: histories.cli.folder,
      commits: [histories.fixes[issue]],
      criterion: await readCriterion(histories.criteria[issue]),
      runner: (testFiles) => {
        const how = { command: [...NODE_TEST_COMMAND], prepare: null }
        return Promise.resolve({ timeoutMs: 30_000, suites: [commandSuite(how, testFiles)] })
      },
      scratch: folder,
    })
    if (standing === 'not accepted') expect(report.standing).not.toBe('accepted')
    else expect(report.standing).toBe(standing)
  })
