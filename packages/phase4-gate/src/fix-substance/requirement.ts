import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fact } from '../run/facts.ts'
import { blocked, failed, type GateStop, inconclusive } from '@canary-gate/gate-kernel'
import { commandSuite, inspectFix, readCriterion, runTestsAt } from '@canary-gate/fix-prover'
import type { GateRun } from '../run/run.ts'
import { secretVariables } from '../world/known-secrets.ts'
import type { FixReport, TestRunner } from '@canary-gate/fix-prover'

type Blocker = Fact<'blockers'>[number]
type Fix = Fact<'fixes'>[number]

/** GATE/FR-002: each blocker was closed by a change that fixes it, proven by running its tests. */
export async function verifyFixSubstance(run: GateRun): Promise<void> {
  const blockers = await run.facts.read('blockers')
  const fixes: Fix[] = []
  for (const blocker of blockers) fixes.push(await verifyBlocker(run, blocker))
  await run.facts.write('fixes', fixes)
}

async function verifyBlocker(run: GateRun, blocker: Blocker): Promise<Fix> {
  const usable = blocker.closedBy.filter(({ setAside }) => setAside === undefined)
  if (usable.length === 0) throw withoutChange(run, blocker)
  const reports: FixReport[] = []
  for (const { commit, foundBy } of usable) {
    run.progress(`#${blocker.issue}: judging ${commit.slice(0, 12)} (${foundBy})`)
    const report = await inspect(run, blocker.issue, commit)
    reports.push(report)
    if (report.standing === 'accepted') break
  }
  await keep(run, blocker.issue, reports)
  const accepted = reports.find(({ standing }) => standing === 'accepted')
  if (accepted === undefined) throw rejection(run, blocker, reports)
  const tests = accepted.execution.tests.filter(({ attributed }) => attributed).map(({ id }) => id)
  return { issue: blocker.issue, commit: accepted.commit, verdict: accepted.verdict, tests }
}

async function inspect(run: GateRun, issue: number, commit: string): Promise<FixReport> {
  const { criteria } = run.world.fixes
  return inspectFix({
    repo: run.world.checkouts.cli,
    commits: [commit],
    criterion: await readCriterion(issue === 1141 ? criteria['1141'] : criteria['1182']),
    runner: (testFiles) => Promise.resolve(runnerOf(run, testFiles)),
    scratch: run.world.workspace,
  })
}

function runnerOf({ world }: GateRun, testFiles: readonly string[]): TestRunner {
  const { testCommand, prepareCommand, timeoutMs } = world.fixes
  // What is prepared builds the candidate's own code.
  const secrets = secretVariables(world)
  const how = { command: testCommand, prepare: prepareCommand ?? null, secrets }
  return { timeoutMs, suites: [commandSuite(how, testFiles)] }
}

/**
 * What the tests that prove the fixes say of the candidate's own tree: a later change may leave every line
 * of a fix where it is, and yet switch it off.
 *
 * @param commit of the candidate
 * @returns a sentence for each test that does not pass there
 */
export async function brokenInCandidate(run: GateRun, commit: string): Promise<string[]> {
  const findings: string[] = []
  for (const { issue, commit: fix, tests } of await run.facts.read('fixes')) {
    run.progress(`#${issue}: its tests on the tree of the candidate`)
    const ends = await runTestsAt({
      ...{ repo: run.world.checkouts.cli, fix, commit, tests, scratch: run.world.workspace },
      runner: (testFiles) => Promise.resolve(runnerOf(run, testFiles)),
    })
    findings.push(
      ...ends
        .filter(({ outcome }) => outcome !== 'passed')
        .map(
          ({ id, outcome, why }) =>
            `the fix of #${issue} (${fix.slice(0, 12)}): "${id}" is ${outcome} there: ${why.slice(0, 200)}`,
        ),
    )
  }
  return findings
}

/** The whole reasoning is kept with the run, whatever it led to. */
async function keep(run: GateRun, issue: number, reports: readonly FixReport[]): Promise<void> {
  const folder = join(run.folder, 'fixes')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `${issue}.json`), `${JSON.stringify(reports, null, 2)}\n`)
}

function withoutChange(run: GateRun, { issue, closedBy }: Blocker): GateStop {
  return blocked({
    code: 'no-closing-change',
    cause: 'product',
    what: `#${issue} is closed, but no change that could have closed it was found in the repository`,
    where: `${run.world.github.repositories.cli}#${issue}, ${run.world.checkouts.cli}`,
    next: 'ask who closed it and why; link the fix to the issue, or re-open it, then run the gate again',
    findings: closedBy.map(({ commit, foundBy }) => `${commit}: ${foundBy}`),
  })
}

function rejection(run: GateRun, { issue }: Blocker, reports: readonly FixReport[]): GateStop {
  const told = reports.toSorted((one, other) => weight(other) - weight(one))[0]
  const findings = reports.flatMap(({ commit, verdict, reasons }) =>
    reasons.map(
      ({ text, file, unit }) => `${commit.slice(0, 12)} ${verdict}: ${place(file, unit)}${text}`,
    ),
  )
  const details = {
    what: `the change that closed #${issue} is not accepted: ${told?.verdict ?? 'none'}`,
    where: `${run.world.checkouts.cli}: ${told?.commit ?? ''}`,
    findings,
  }
  if (told?.standing === 'rejected')
    return failed({
      ...details,
      code: stopCodeOf(told.verdict),
      next: `re-open #${issue} with these findings; a fix must change its path and have a test that fails without it`,
    })
  const isOpen = told?.standing === 'review'
  return inconclusive({
    ...details,
    code: isOpen ? 'fix-needs-review' : 'fix-not-provable',
    next: isOpen
      ? `have a person read ${told.commit.slice(0, 12)}; this shows what is open`
      : 'make the tests run there (fixes.testCommand, fixes.prepareCommand), then run the gate again',
    ...(isOpen && { command: ['inspect-fix', '--help'] }),
  })
}

/** Stop codes keep their names for those who read them: this verdict had another word once. */
function stopCodeOf(verdict: FixReport['verdict']): string {
  return verdict === 'not-in-criterion' || verdict === 'not-in-queue-path'
    ? 'fix-not-in-queue-path'
    : `fix-${verdict}`
}

/** What an operator should hear of first: an open question before a clear rejection. */
function weight({ standing }: FixReport): number {
  return ['rejected', 'inconclusive', 'review', 'accepted'].indexOf(standing)
}

function place(file: string | null, unit: string | null): string {
  return file === null ? '' : `${file}${unit === null ? '' : ` ${unit}`}: `
}
