import { redact } from '@canary-gate/gate-kernel'
import type { CanaryRun } from '../run/canary-run.ts'

export type Blocker = 1141 | 1182

/** Why a canary run failed, and which closed blockers that proves to be open still. */
export interface Diagnosis {
  /** Failed scenarios in one line each, e.g. `run 2, scenario 4 (…): …`. */
  readonly failures: readonly string[]
  /** Blockers to re-open; empty for a failure that neither of them explains. */
  readonly reopen: readonly Blocker[]
}

/** Compares what failed with the two historic defects (GATE/FR-007). Pure. */
export function diagnose(runs: readonly CanaryRun[]): Diagnosis {
  const failed = runs.flatMap((run) =>
    run.scenarios
      .filter(({ status }) => status === 'fail')
      .map((scenario) => ({ run, scenario, text: textOf(scenario) })),
  )
  const reopen: Blocker[] = []
  if (failed.some(({ scenario, text }) => scenario.id === 4 && rollbackLost(text)))
    reopen.push(1141)
  if (failed.some(({ scenario, text }) => scenario.id <= 2 && queuedCountedAsError(text))) {
    reopen.push(1182)
  }
  return {
    failures: failed.map(
      ({ run, scenario, text }) =>
        `run ${run.run_number}, scenario ${scenario.id} (${scenario.name}): ${text || 'no details'}`,
    ),
    reopen,
  }
}

/** Whether a text describes one of the two historic defects. */
export function showsDefect(text: string): boolean {
  return rollbackLost(text) || queuedCountedAsError(text)
}

/** #1141: the newest queued row is the way into review instead of the rollback out of it. */
function rollbackLost(text: string): boolean {
  return (
    /for_review['"]?\s*(?:->|→|⇒)\s*['"]?in_review/.test(text) ||
    /from(?:_lane)?['"]?\s*[=:]\s*['"]?for_review\b[\s\S]*?\bto(?:_lane)?['"]?\s*[=:]\s*['"]?in_review/.test(
      text,
    )
  )
}

/** #1182: durably queued events are counted as unknown errors when the final sync runs out of time. */
function queuedCountedAsError(text: string): boolean {
  return /\bunknown:\s*[1-9]\d*/.test(text) && text.includes('sync.event_loop_unavailable')
}

function textOf(scenario: CanaryRun['scenarios'][number]): string {
  const parts = [scenario.failure_mode, scenario.details]
  return redact(
    parts.filter((part) => part !== null && part !== undefined && part !== '').join(': '),
  )
}
