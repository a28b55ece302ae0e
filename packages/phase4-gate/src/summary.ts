import type { RunSummary } from '@canary-gate/gate-kernel'
import type { CanaryRun } from './run/canary-run.ts'
import type { GateRun } from './run/run.ts'

/** What evidence repeats of this gate's facts; each part is left out where the run did not get so far. */
export async function summaryOf({ world, facts }: GateRun): Promise<RunSummary> {
  const candidate = await facts.read('candidate').catch(() => undefined)
  const attempt = await facts.read('attempt').catch(() => undefined)
  const seal = await facts.read('seal').catch(() => undefined)
  const comments = await facts.read('comments').catch(() => undefined)
  const canaries = [
    await facts.read('singleRan').catch(() => undefined),
    await facts.read('fourRunRan').catch(() => undefined),
  ]
  return {
    world: world.name,
    repeated: scenariosOf(canaries.flatMap((canary) => canary?.runs ?? [])),
    ...(candidate && {
      candidate: {
        tag: candidate.tag,
        version: candidate.version,
        commit: candidate.commit,
      },
    }),
    ...(attempt && {
      attempt: { folder: attempt.folder, manifestSha256: seal?.manifestSha256 ?? null },
    }),
    ...(comments && { drafts: draftsOf(comments.e2e41, comments.tracker1038) }),
  }
}

/** Each scenario of the canary, and how often it passed and failed in this run. */
function scenariosOf(runs: readonly CanaryRun[]): RunSummary['repeated'] {
  const counts = new Map<string, { passed: number; failed: number }>()
  for (const { id, name, status } of runs.flatMap(({ scenarios }) => scenarios)) {
    const part = `scenario ${id} (${name})`
    const { passed, failed } = counts.get(part) ?? { passed: 0, failed: 0 }
    const isPass = status === 'pass'
    counts.set(part, { passed: passed + Number(isPass), failed: failed + Number(!isPass) })
  }
  return [...counts].map(([part, count]) => ({ part, ...count }))
}

/** The comments as they were checked, by the file that keeps them. */
function draftsOf(e2e41: string, tracker1038: string | null): Record<string, string> {
  return { 'comment-41': e2e41, ...(tracker1038 !== null && { 'comment-1038': tracker1038 }) }
}
