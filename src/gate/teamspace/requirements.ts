import { readFile } from 'node:fs/promises'
import { harnessEnvironment } from '../canary/environment.ts'
import { sha256Of } from '../evidence/tree.ts'
import { describeOutcome } from '../process.ts'
import type { Fact } from '../run/facts.ts'
import type { GateRun } from '../run/run.ts'
import { requireSameDeployment, requireUsable, takeSnapshot } from '../service/snapshot.ts'
import { failed, type GateStop, inconclusive } from '../verdict.ts'
import { rerunsIn, unprovenFiles } from './counts.ts'
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
    const stop = judge(suiteRun, run.world.teamspace.files)
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
    ...(await repeatedTests(runs)),
    ...(await sameReports(runs)),
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
function judge(suiteRun: SuiteRun, files: readonly string[]): GateStop | null {
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
  if (counts.failed > 0 || outcome.exitCode !== 0)
    return rootCauseRequired(suiteRun, outcome.exitCode)
  const unproven = unprovenFiles(counts, files)
  return unproven.length === 0 ? null : incomplete(suiteRun, unproven)
}

/** A suite that was narrowed to one of its files proves the rest as little as no suite at all. */
function incomplete({ log, number, counts }: SuiteRun, unproven: readonly string[]): GateStop {
  return inconclusive({
    code: 'teamspace-incomplete',
    what: `run ${number} of the Teamspace suite passed ${counts?.passed ?? 0} tests, none of them in ${unproven.join(', ')}`,
    where: log,
    next: 'let `teamspace.command` run all files of the suite, and print each test (pytest -v)',
    findings: unproven.map((file) => `no test of ${file} passed`),
  })
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

/** A test that was repeated until it passed is a retry, whoever did it (GATE/NFR-005). */
async function repeatedTests(runs: Fact<'teamspace'>['runs']): Promise<string[]> {
  const findings = runs.map(async ({ number, log }) =>
    rerunsIn(await readFile(log, 'utf8').catch(() => '')).map((line) => `run ${number}: ${line}`),
  )
  return (await Promise.all(findings)).flat()
}

/** A report carries times of its own run, so two equal ones are one run that is shown twice. */
async function sameReports(runs: Fact<'teamspace'>['runs']): Promise<string[]> {
  const texts = await Promise.all(
    runs.map(async ({ junit }) =>
      junit === null ? null : readFile(junit, 'utf8').catch(() => null),
    ),
  )
  return texts.flatMap((text, index) => {
    const first = text === null ? index : texts.indexOf(text)
    return first === index ? [] : [`run ${index + 1} has the report of run ${first + 1}`]
  })
}

function factOf(
  { number, counts, log, junit, logSha256 }: SuiteRun,
  passed: boolean,
): Fact<'teamspace'>['runs'][number] {
  const tests = counts === null ? 0 : counts.passed + counts.failed + counts.skipped
  return { number, passed, tests, log, junit, logSha256 }
}
