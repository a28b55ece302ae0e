import { readFile } from 'node:fs/promises'
import { harnessEnvironment } from '../canary/environment.ts'
import { sha256Of } from '../evidence/tree.ts'
import { describeOutcome } from '../process.ts'
import type { Fact } from '../run/facts.ts'
import type { GateRun } from '../run/run.ts'
import { requireSameDeployment, requireUsable, takeSnapshot } from '../service/snapshot.ts'
import { failed, type GateStop, inconclusive } from '../verdict.ts'
import { askForRootCause, requireRootCauses } from './root-cause.ts'
import { claimLogFolder, runSuite, type SuiteRun } from './suite.ts'
import { triage } from './triage.ts'

/**
 * GATE/FR-013: the Teamspace suite passes four times in a row, each log preserved. The first failure
 * ends it: neither this gate nor a later one retries before a root cause (GATE/NFR-005).
 */
export async function verifyTeamspaceSuite(run: GateRun): Promise<void> {
  const env = harnessEnvironment(run.world, await run.facts.read('installation'))
  await requireRootCauses(run)
  const folder = await claimLogFolder(run)
  const runs: Fact<'teamspace'>['runs'] = []
  for (let number = 1; number <= 4; number += 1) {
    run.progress(`Teamspace suite, run ${number} of 4`)
    const suiteRun = await runSuite(run, folder, number, env)
    const stop = judge(suiteRun)
    runs.push(factOf(suiteRun, stop === null))
    await run.facts.write('teamspace', { runs })
    if (stop?.report.verdict === 'fail') await askForRootCause(run, stop.report)
    if (stop !== null) throw stop
  }
}

/**
 * GATE/NFR-005: the four runs are first attempts, their logs are what they were, and the service
 * needed no clean-up: same deployment, no infra failure, historical rows as before.
 */
export async function verifyCleanConsecutiveRuns(run: GateRun): Promise<void> {
  const { runs } = await run.facts.read('teamspace')
  const findings = [
    ...(runs.map(({ number }) => number).join() === '1,2,3,4' ? [] : ['not the runs 1 to 4']),
    ...runs.filter(({ passed }) => !passed).map(({ number }) => `run ${number} did not pass`),
    ...(await changedLogs(runs)),
  ]
  if (findings.length > 0) throw notClean(findings, run.world.teamspace.logs)
  const before = await run.facts.read('snapshotBeforeFourRuns')
  const now = await takeSnapshot(run)
  requireUsable(now, 'snapshot after the Teamspace suite', new Date())
  requireSameDeployment(before, now, run.world.service.url)
  const [rowsBefore, rowsNow] = [before, now].map(({ drain }) => drain.businessRuleRejected)
  if (rowsBefore === rowsNow) return
  const change = `business-rule rows: ${rowsBefore ?? 0} before, ${rowsNow ?? 0} now`
  throw notClean([change], run.world.service.url)
}

/** Null if the run passed; otherwise what its log says. */
function judge(suiteRun: SuiteRun): GateStop | null {
  const { outcome, counts, log, number } = suiteRun
  if (outcome.kind !== 'exited') {
    return inconclusive({
      code: outcome.kind === 'timed-out' ? 'teamspace-timed-out' : 'teamspace-not-completed',
      what: `run ${number} of the Teamspace suite did not complete: ${describeOutcome(outcome)}`,
      where: log,
      next: 'read the log; check `teamspace.command` and `teamspace.timeoutMs`',
    })
  }
  if (counts === null || counts.passed + counts.failed === 0) {
    return nothingRan(suiteRun, outcome.exitCode)
  }
  if (counts.failed === 0 && outcome.exitCode === 0) return null
  return rootCauseRequired(suiteRun, outcome.exitCode)
}

/** Exit code and printed text prove nothing by themselves: an empty or skipped suite is no pass. */
function nothingRan({ counts, log, number }: SuiteRun, exitCode: number): GateStop {
  const seen =
    counts === null ? 'no result that can be read' : `${counts.skipped} tests, all skipped`
  return inconclusive({
    code: 'teamspace-nothing-ran',
    what: `run ${number} of the Teamspace suite executed nothing: ${seen}, exit code ${exitCode}`,
    where: log,
    next: 'read the log; check the marker, the files and the environment of `teamspace.command`',
  })
}

function rootCauseRequired({ outcome, counts, log, number }: SuiteRun, exitCode: number): GateStop {
  const { code, diagnosis, permitted, cause } = triage(outcome.log)
  return failed({
    code,
    cause,
    what:
      `run ${number} of the Teamspace suite failed (${counts?.failed ?? 0} failed, ` +
      `${counts?.passed ?? 0} passed, exit code ${exitCode}): ${diagnosis}`,
    where: log,
    next: `${permitted}; root cause first, then run the gate again`,
  })
}

function notClean(findings: readonly string[], where: string): GateStop {
  return failed({
    code: 'teamspace-not-clean',
    cause: 'cannot-tell',
    what: `the four Teamspace runs are not clean: ${findings.join('; ')}`,
    where,
    next: 'find the root cause; a retry that needs the service cleaned up does not count',
    findings,
  })
}

async function changedLogs(runs: Fact<'teamspace'>['runs']): Promise<string[]> {
  const findings = await Promise.all(
    runs.map(async ({ log, logSha256 }) => {
      const text = await readFile(log).catch(() => null)
      if (text === null) return [`${log} is missing`]
      return logSha256 === undefined || sha256Of(text) === logSha256 ? [] : [`${log} was changed`]
    }),
  )
  return findings.flat()
}

function factOf(
  { number, counts, log, junit, logSha256 }: SuiteRun,
  passed: boolean,
): Fact<'teamspace'>['runs'][number] {
  const tests = counts === null ? 0 : counts.passed + counts.failed + counts.skipped
  return { number, passed, tests, log, junit, logSha256 }
}
