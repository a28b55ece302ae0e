import { readFile } from 'node:fs/promises'
import { ifRefused, readPlainFile } from '@canary-gate/documents'
import { harnessEnvironment } from '../canary/environment.ts'
import { failed, type GateStop, inconclusive, sha256Of } from '@canary-gate/gate-kernel'
import { missingTool } from '../run/missing-tool.ts'
import type { GateRun } from '../run/run.ts'
import { describeOutcome } from '@canary-gate/programs'
import type { Fact } from '../run/facts.ts'
import { requireSameDeployment, requireUsable, takeSnapshot } from '../service/snapshot.ts'
import { describe, executed, rerunsIn, unexpectedSkips, unprovenFiles } from './counts.ts'
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
  const seen: SuiteRun[] = []
  for (let number = 1; number <= 4; number += 1) {
    run.progress(`Teamspace suite, run ${number} of 4`)
    const suiteRun = await runSuite(run, folder, number, env)
    seen.push(suiteRun)
    const stop = judge(suiteRun, run.world.teamspace, seen[0] ?? suiteRun)
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
    ...untimely(runs),
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
function judge(
  suiteRun: SuiteRun,
  { command, files, expectedSkips }: GateRun['world']['teamspace'],
  first: SuiteRun,
): GateStop | null {
  const { outcome, counts, log, number } = suiteRun
  const missing = missingTool(outcome, command)
  if (missing !== undefined && counts === null) return missing
  if (outcome.kind !== 'exited') {
    return inconclusive({
      code: outcome.kind === 'timed-out' ? 'teamspace-timed-out' : 'teamspace-not-completed',
      what: `run ${number} of the Teamspace suite did not complete: ${describeOutcome(outcome)}`,
      where: log,
      next: 'read the log; check `teamspace.command` and `teamspace.timeoutMs`',
    })
  }
  if (suiteRun.reportProblems.length > 0) return unbelievable(suiteRun, suiteRun.reportProblems)
  if (counts === null || counts.passed + counts.failed === 0) {
    return nothingRan(suiteRun, outcome.exitCode)
  }
  if (counts.failed > 0 || outcome.exitCode !== 0)
    return rootCauseRequired(suiteRun, outcome.exitCode)
  const doubts = [...counts.problems, ...wrongTime(suiteRun, first), ...otherTests(suiteRun, first)]
  if (doubts.length > 0) return unbelievable(suiteRun, doubts)
  const unproven = unprovenFiles(counts, files)
  const findings = [
    ...unproven.map((file) => `no test of ${file} passed`),
    ...unexpectedSkips(counts, expectedSkips),
  ]
  return findings.length === 0 ? null : incomplete(suiteRun, findings)
}

/** Report, log and exit code agree, or nothing is known. */
function unbelievable({ log, number }: SuiteRun, findings: readonly string[]): GateStop {
  return inconclusive({
    code: 'teamspace-contradiction',
    what: `what run ${number} of the Teamspace suite left cannot be believed: ${findings.slice(0, 3).join('; ')}`,
    where: log,
    next: 'compare report and log of that run; let `teamspace.command` write both itself, then run the gate again',
    findings,
  })
}

/** The report of another day is not of this run; pytest writes the local time, newer ones with its offset. */
function wrongTime({ counts, endedAt }: SuiteRun, first: SuiteRun): string[] {
  const stated = counts?.timestamp ?? null
  if (stated === null) return []
  const times = readingsOf(stated)
  const [fromMs, toMs] = [first.startedAt.getTime() - slackMs, endedAt.getTime() + slackMs]
  if (times.some((atMs) => atMs >= fromMs && atMs <= toMs)) return []
  return [`its report is of ${stated}, which is not when it ran`]
}

const slackMs = 2_000

/** Every moment, in milliseconds since 1970, that a report may mean by its time. */
export function readingsOf(stated: string): number[] {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?$/.test(stated)) return []
  if (/(?:Z|[+-]\d\d:?\d\d)$/.test(stated)) return [Date.parse(stated)]
  const asUtcMs = Date.parse(`${stated}Z`)
  // An hour that a clock shows twice, when summer ends, is two times: each offset of that day counts.
  const offsets = [-dayMs, 0, dayMs].map((ms) => new Date(asUtcMs + ms).getTimezoneOffset())
  return [asUtcMs, ...offsets.map((minutes) => asUtcMs + minutes * 60_000)]
}

const dayMs = 24 * 60 * 60 * 1000

/** Four runs of one suite execute the same tests. */
function otherTests({ counts }: SuiteRun, first: SuiteRun): string[] {
  const [now, before] = [counts, first.counts].map((one) =>
    (one?.cases ?? []).map(({ id, outcome }) => `${id} ${outcome}`).sort(),
  )
  const isSame = JSON.stringify(now) === JSON.stringify(before)
  if (isSame && counts?.passed === first.counts?.passed) return []
  const [ran, ranBefore] = [counts, first.counts].map((one) => (one === null ? '' : describe(one)))
  return [`it did not execute the tests of run 1: ${ran ?? ''} now, ${ranBefore ?? ''} in run 1`]
}

/** A suite that was narrowed to a part of its tests proves the rest as little as no suite at all. */
function incomplete({ log, number, counts }: SuiteRun, findings: readonly string[]): GateStop {
  return inconclusive({
    code: 'teamspace-incomplete',
    what: `run ${number} of the Teamspace suite is not complete (${counts === null ? '' : describe(counts)}): ${findings.slice(0, 3).join('; ')}`,
    where: log,
    next: 'let `teamspace.command` run all tests of all files; name tests that may be skipped in `teamspace.expectedSkips`',
    findings,
  })
}

/** Exit code and printed text prove nothing by themselves: an empty or skipped suite is no pass. */
function nothingRan({ counts, log, number }: SuiteRun, exitCode: number): GateStop {
  const seen = counts === null ? 'no result that can be read' : describe(counts)
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
    runs.flatMap(({ log, logSha256, junit, junitSha256 }) =>
      [[log, logSha256] as const, ...(junit === null ? [] : [[junit, junitSha256] as const])].map(
        async ([file, sha256]) => {
          const found = await readPlainFile(file, 256 * 1024 * 1024).catch(ifRefused(null))
          if (found === null) return [`${file} is missing or not a plain file`]
          const isHeld = typeof sha256 === 'string'
          return isHeld && sha256Of(found.bytes) !== sha256 ? [`${file} was changed`] : []
        },
      ),
    ),
  )
  return findings.flat()
}

/** The report of one run, shown as that of another one, tells the wrong time. */
function untimely(runs: Fact<'teamspace'>['runs']): string[] {
  return runs.flatMap(({ number, reportedAt, startedAt, endedAt }) => {
    if (typeof reportedAt !== 'string' || startedAt === undefined || endedAt === undefined)
      return []
    const [fromMs, toMs] = [Date.parse(startedAt) - slackMs, Date.parse(endedAt) + slackMs]
    const isOwn = readingsOf(reportedAt).some((atMs) => atMs >= fromMs && atMs <= toMs)
    return isOwn ? [] : [`run ${number} has a report of ${reportedAt}`]
  })
}

/** A test that was repeated until it passed is a retry, whoever did it (GATE/NFR-005). */
async function repeatedTests(runs: Fact<'teamspace'>['runs']): Promise<string[]> {
  const findings = runs.map(async ({ number, log }) =>
    rerunsIn(await readFile(log, 'utf8')).map((line) => `run ${number}: ${line}`),
  )
  return (await Promise.all(findings)).flat()
}

/** A report carries times of its own run, so two equal ones are one run that is shown twice. */
async function sameReports(runs: Fact<'teamspace'>['runs']): Promise<string[]> {
  const texts = await Promise.all(
    runs.map(async ({ junit }) => (junit === null ? null : readFile(junit, 'utf8'))),
  )
  return texts.flatMap((text, index) => {
    const first = text === null ? index : texts.indexOf(text)
    return first === index ? [] : [`run ${index + 1} has the report of run ${first + 1}`]
  })
}

function factOf(
  { number, counts, log, junit, logSha256, junitSha256, startedAt, endedAt }: SuiteRun,
  passed: boolean,
): Fact<'teamspace'>['runs'][number] {
  const { skipped = 0, xfailed = 0, xpassed = 0, timestamp = null } = counts ?? {}
  const tests = counts === null ? 0 : executed(counts)
  return {
    ...{ number, passed, tests, log, junit, logSha256, junitSha256 },
    ...{ skipped, xfailed, xpassed, reportedAt: timestamp },
    ...{ startedAt: startedAt.toISOString(), endedAt: endedAt.toISOString() },
  }
}
