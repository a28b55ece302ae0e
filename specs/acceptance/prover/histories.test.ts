import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { heldOutHistories } from '../../../fixtures/fix-corpus/histories/held-out.ts'
import { javascriptHistories } from '../../../fixtures/fix-corpus/histories/javascript.ts'
import { runnerHistories } from '../../../fixtures/fix-corpus/histories/of-runners.ts'
import { pythonHistories } from '../../../fixtures/fix-corpus/histories/python.ts'
import { writeHistory } from '../../../fixtures/fix-corpus/runners/write.ts'
import type { Change } from '../../../packages/fix-prover/src/changes/change.ts'
import { inspectFix } from '../../../packages/fix-prover/src/inspecting/inspect.ts'
import { detectRunner } from '../../../packages/fix-prover/src/installing/detect.ts'
import { proveChange } from '../../../packages/fix-prover/src/proving/prove.ts'
import type { TestRunner } from '../../../packages/fix-prover/src/runners/runner.ts'
import { spec } from '../../spec.ts'
import { outOfReach } from './table.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prover-histories-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const runner = (files: readonly string[], change: Change): Promise<TestRunner> =>
  detectRunner({ timeoutMs: 60_000 }, files, change)

const histories = [
  ...pythonHistories,
  ...javascriptHistories,
  ...heldOutHistories,
  ...runnerHistories,
]
for (const [at, history] of histories.entries())
  spec(
    'GATE/FR-002',
    `a change as projects make them: ${history.name}: ${history.verdict}`,
    async ({ skip }) => {
      const repo = join(folder, `history-${at}`)
      const [, head = ''] = await writeHistory(repo, [
        ['Begin', history.base],
        [history.message ?? 'Change', history.change],
      ])
      const common = { repo, scratch: folder, runner }
      const { verdict, reasons, waiver } = await proveChange({
        ...common,
        head,
        budgetMs: 400_000,
        mutantsMs: 0,
      })
      const unreached = reasons.find((reason) => outOfReach.test(reason))
      if (unreached !== undefined) skip(`its packages are out of reach: ${unreached}`)
      expect({ verdict, reasons }).toMatchObject({ verdict: history.verdict })
      expect(waiver).toBe(history.waiver ?? null)
      if (history.inspect === undefined) return
      const { place, standing } = history.inspect
      const criterion = { issue: 1, about: 'a place', places: [place], diagnostics: [] }
      const fix = await inspectFix({ ...common, commits: [head], criterion })
      expect({ standing: fix.standing, reasons: fix.reasons }).toMatchObject({ standing })
    },
  )
