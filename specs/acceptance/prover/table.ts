import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import {
  failureKinds,
  type RunnerProject,
  verdicts,
} from '../../../fixtures/fix-corpus/runners/project.ts'
import { writeHistory } from '../../../fixtures/fix-corpus/runners/write.ts'
import { detectRunner } from '../../../packages/fix-prover/src/installing/detect.ts'
import { isInstalled } from '../../../packages/fix-prover/src/installing/other-languages.ts'
import { proveChange } from '../../../packages/fix-prover/src/proving/prove.ts'
import { spec } from '../../spec.ts'

/** What a proof says where the packages of a runner are out of reach: then no cell says anything. */
export const outOfReach =
  /cannot be made|offline mode|Could not (?:resolve|transfer)|EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT/

export async function missing({ needs = [] }: RunnerProject): Promise<string | null> {
  for (const command of needs)
    if (!(await isInstalled(command))) return `${command.join(' ')} does not work on this machine`
  return null
}

/**
 * The table of runners and reasons to fail. Every cell is a run of the real runner, installed from its
 * registry at a pinned version; it is skipped with its reason where the runner cannot be had.
 */
export function describeTable(projects: readonly RunnerProject[]): void {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'prover-runners-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  describe.each(projects)('$name', (project) => {
    for (const kind of failureKinds.filter((one) => !(project.isSlow && one === 'half')))
      spec(
        'GATE/FR-002',
        `${project.name}, failing without the change by ${kind}: ${verdicts[kind]}`,
        async ({ skip }) => {
          const absent = await missing(project)
          if (absent !== null) skip(absent)
          const repo = join(folder, `${project.name}-${kind}`.replaceAll(/\W+/g, '-'))
          const [, head = ''] = await writeHistory(repo, [
            ['Begin', project.base],
            ['Change', project.changes[kind]],
          ])
          const report = await proveChange({
            repo,
            head,
            budgetMs: 300_000,
            mutantsMs: 0,
            scratch: folder,
            runner: (files, change) => detectRunner({ timeoutMs: 120_000 }, files, change),
          })
          const { verdict, reasons, runners } = report
          const unreached = reasons.find((reason) => outOfReach.test(reason))
          if (unreached !== undefined) skip(`its packages are out of reach: ${unreached}`)
          expect({ verdict, reasons }).toMatchObject({ verdict: verdicts[kind] })
          expect(runners.map(({ runner }) => runner)).toEqual([project.name])
        },
        400_000,
      )
  })
}
