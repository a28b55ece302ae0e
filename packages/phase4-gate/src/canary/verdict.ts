import { describeOutcome } from '@canary-gate/programs'
import { failed, type GateStop, inconclusive } from '@canary-gate/gate-kernel'
import { missingTool } from '../run/missing-tool.ts'
import { type Blocker, diagnose } from './diagnosis.ts'
import type { Canary } from './protocol.ts'

/** What a canary means: it passed, or the stop and the blockers it proves to be open. */
export type CanaryVerdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'stop'; readonly stop: GateStop; readonly reopen: readonly Blocker[] }

/**
 * Judges a canary. A believable document that fails decides first, whatever the exit code: that is
 * the product's failure. Only then does it matter what kept the harness from completing. Pure.
 * @param where the evidence folder
 * @param command what started the harness
 */
export function judgeCanary(
  canary: Canary,
  where: string,
  command: readonly string[],
): CanaryVerdict {
  const { failures, reopen } = diagnose(canary.runs)
  if (failures.length > 0)
    return { kind: 'stop', reopen, stop: scenarioFailed(failures, reopen, where) }
  if (canary.installationProblems.length > 0) {
    return { kind: 'stop', reopen: [], stop: candidateChanged(canary.installationProblems, where) }
  }
  if (canary.outcome.kind !== 'exited' || endedEmptyHanded(canary)) {
    const stop = missingTool(canary.outcome, command) ?? notCompleted(canary, where)
    return { kind: 'stop', reopen: [], stop }
  }
  if (canary.unusable.length > 0) {
    return { kind: 'stop', reopen: [], stop: unbelievable(canary.unusable, where) }
  }
  if (canary.unwatched.length > 0) {
    return { kind: 'stop', reopen: [], stop: notWatched(canary.unwatched, where) }
  }
  if (canary.outcome.exitCode !== 0) {
    return { kind: 'stop', reopen: [], stop: contradiction(canary, canary.outcome.exitCode, where) }
  }
  return { kind: 'pass' }
}

/** A harness that fails without writing anything did not get as far as a canary. */
function endedEmptyHanded({ outcome, files }: Canary): boolean {
  return outcome.kind === 'exited' && outcome.exitCode !== 0 && files.length === 0
}

function scenarioFailed(
  failures: readonly string[],
  reopen: readonly Blocker[],
  where: string,
): GateStop {
  const known = reopen.map((issue) => `#${issue}`).join(' and ')
  return failed({
    code: codeOf(reopen),
    what: `${failures.length} scenario${failures.length === 1 ? '' : 's'} of the canary failed: ${failures.join('; ')}`,
    where,
    next:
      reopen.length === 0
        ? 'find the root cause with the preserved evidence; neither blocker explains it, none is re-opened'
        : `${known} is re-opened with the evidence; mend it, publish a new candidate, run the gate again`,
    findings: failures,
  })
}

function codeOf(reopen: readonly Blocker[]): string {
  return reopen.length === 0 ? 'canary-failed' : `canary-reopens-${reopen.join('-')}`
}

function candidateChanged(findings: readonly string[], where: string): GateStop {
  return failed({
    code: 'candidate-changed',
    what: `the installed candidate changed while the canary ran: ${findings.join('; ')}`,
    where,
    next: 'find out what wrote into the installation, then run the gate from its beginning',
    findings,
  })
}

function notCompleted({ outcome, protocol }: Canary, where: string): GateStop {
  return inconclusive({
    code: outcome.kind === 'timed-out' ? 'canary-timed-out' : 'canary-not-completed',
    what: `the canary harness did not complete: ${describeOutcome(outcome)}`,
    where,
    next: `read harness-${protocol}.log in the evidence folder; check \`canary.command\` and \`canary.timeoutMs\``,
  })
}

function unbelievable(findings: readonly string[], where: string): GateStop {
  return inconclusive({
    code: 'canary-unusable',
    what: `the documents of the canary cannot be believed: ${findings.join('; ')}`,
    where,
    next: 'find out why the harness wrote them so; a cached or foreign document never passes',
    findings,
  })
}

/** The stop for a state that nobody could look at (GATE/NFR-001). */
export function notWatched(findings: readonly string[], where: string): GateStop {
  return inconclusive({
    code: 'state-not-watched',
    cause: 'environment',
    what: `what must not be touched between the runs could not be watched: ${findings.join('; ')}`,
    where,
    next: 'repair or remove what is named, in the canary home or at `service.url`, then run the gate again',
    findings,
  })
}

function contradiction({ protocol }: Canary, exitCode: number, where: string): GateStop {
  return inconclusive({
    code: 'canary-exit-code',
    what: `every document says pass, but the harness ended with exit code ${exitCode}`,
    where,
    next: `read harness-${protocol}.log in the evidence folder and find out what failed outside the scenarios`,
  })
}
