import { join } from 'node:path'
import { inject, test } from 'vitest'
import { programTimeMs } from '../src/gate/program-time.ts'
import type { GateId } from '../src/gate/register.ts'
import { reuse } from '../src/gate/resume/reuse.ts'
import { artifactsOf, withdrawVerdict } from '../src/gate/run/begin.ts'
import { type GateRun, openRun } from '../src/gate/run/run.ts'
import { stopReportOf } from '../src/gate/stop-report.ts'
import { inconclusive, type StopReport } from '../src/gate/verdict.ts'

/** What a requirement tells the reporter about itself. Only this, never a green test, is a pass. */
export type RequirementMeta =
  | { readonly id: GateId; readonly verdict: 'pass'; readonly reusedFrom?: string }
  | { readonly id: GateId; readonly verdict: StopReport['verdict']; readonly stop: StopReport }
  | { readonly id: GateId; readonly verdict: 'not-run'; readonly stoppedBy: GateId }

declare module 'vitest' {
  interface TaskMeta {
    requirement?: RequirementMeta
    /** Time this requirement waited for programs it started, in milliseconds. */
    programsMs?: number
  }
  interface ProvidedContext {
    /** Folder of the run, provided by the evidence reporter before any test starts. */
    runFolder: string
  }
}

/**
 * One requirement of the gate as one test. `verify` returns for a pass and throws a GateStop, or
 * fails an assertion, for everything else; its verdict travels to the reporter in the test's meta.
 */
export function requirement(
  id: GateId,
  sentence: string,
  verify: (run: GateRun) => Promise<void>,
): void {
  test(`${id} ${sentence}`, async ({ task, annotate }) => {
    const notes: Promise<unknown>[] = []
    try {
      const run = await openRun(runFolder(), (message) => {
        notes.push(annotate(message, 'progress'))
      })
      const reusedFrom = await reuse(run, id, Date.now())
      if (reusedFrom === undefined) await verify(run)
      task.meta.requirement = { id, verdict: 'pass', ...(reusedFrom && { reusedFrom }) }
    } catch (error) {
      const stop = stopReportOf(error)
      task.meta.requirement = { id, verdict: stop.verdict, stop }
      throw error
    } finally {
      task.meta.programsMs = programTimeMs()
      await Promise.all(notes)
    }
  })
}

/**
 * The folder of this run. Under a configuration that is not the gate's own there is none: then no
 * verdict can come of it, and none of an earlier run may be taken for its result.
 */
function runFolder(): string {
  const folder = inject('runFolder') as string | undefined
  if (folder !== undefined) return folder
  withdrawVerdict(artifactsOf(join(import.meta.dirname, '..'), process.env))
  throw inconclusive({
    code: 'not-the-pinned-run',
    cause: 'environment',
    what: 'this test was started without the reporter that follows the gate',
    where: 'the configuration of this run',
    next: 'run the gate as it is pinned: canary-gate run',
  })
}
