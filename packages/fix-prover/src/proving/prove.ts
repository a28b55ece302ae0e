import { join } from 'node:path'
import { type Change, readChange } from '../changes/change.ts'
import { historiesOf, type TestHistory } from '../execution/histories.ts'
import { othersOf, testsOf } from '../execution/other-tests.ts'
import { openSession, type Session } from '../execution/session.ts'
import { changesOwnTests } from '../execution/test-part.ts'
import { readTests } from '../reading/tests.ts'
import type { TestRunner } from '../runners/runner.ts'
import { findSandbox } from '../runners/sandbox.ts'
import type { ExecutionRequest } from './cases.ts'
import { changedTests, type Selection } from './changed-tests.ts'
import { executionOf } from './executed.ts'
import { type Hunk, productHunks, withoutHunks } from './hunks.ts'
import { areInert, inertHunks } from './inert.ts'
import { resultWith, verdictOf } from './outcome.ts'
import { hunkReports, plainHunk, suiteReport, testReport, waiverOf } from './parts.ts'
import { isWholeChange, otherFiles, productFiles, usersOf } from './product-files.ts'
import type { ProveReport, ProveTest } from './report.ts'
import { type HunkRequest, hunkStates, type Seen, seenWithout, unprovenStates } from './states.ts'
import { glance, lookAround, type Narrow, type Narrowed } from './narrow.ts'
import { saidOtherwise } from './commented.ts'
import { caseOf, firstRuns, secondRuns, withHang } from './runs.ts'
import { survivors } from './survivors.ts'
import { cannotTell, noTest, nothing, ofProduct } from './untried.ts'

export interface ProveOptions {
  /** Folder of a clone. It is only read. */
  readonly repo: string
  /** The tree with the change. */
  readonly head: string
  /** The tree before; the first parent of `head` if absent. */
  readonly base?: string
  readonly runner: (testFiles: readonly string[], change: Change) => Promise<TestRunner>
  /** For everything; what is not done by then is said to be open. */
  readonly budgetMs: number
  /** Of it, for the mutants that tell how strong the tests are. */
  readonly mutantsMs: number
  readonly scratch?: string
  /** Asks for some hunks only, and whether anything else is broken. */
  readonly narrow?: Narrow
}

/** Everything that is known before a test was run. */
interface Known {
  readonly change: Change
  readonly files: Change['files']
  /** No product code changes: these files are what a program may read all the same. */
  readonly isGuess: boolean
  readonly hunks: readonly Hunk[]
  readonly inert: ReadonlySet<number>
  readonly options: ProveOptions
  readonly startedMs: number
  readonly budget: AbortSignal
  /** The tests that the change touches, where that can be read. */
  readonly only: Selection
}

type Outcome = { readonly reasons: readonly string[] } & Pick<ProveReport, 'verdict'> &
  Partial<Pick<ProveReport, 'tests' | 'hunks' | 'runners'>> & {
    readonly testsMs?: number
    readonly narrowed?: Narrowed
  }

/**
 * Whether a change has a test that fails without it, by running its tests on the tree before, on the
 * tree with it, and on that tree without it and without each of its hunks.
 *
 * @throws ProverProblem when the change cannot be read
 */
export async function proveChange(options: ProveOptions): Promise<ProveReport> {
  return (await proveNarrowly(options)).report
}

/** The same, with what only a narrower question looks at; null where it did not come to that. */
export async function proveNarrowly(
  options: ProveOptions,
): Promise<{ readonly report: ProveReport; readonly narrowed: Narrowed | null }> {
  const startedMs = performance.now()
  const change = await readChange(options.repo, [options.head], options.base)
  const product = await productFiles(change)
  const hasTest = change.files.some(({ role }) => role === 'test')
  const isGuess = product.length === 0 && hasTest
  const files = isGuess ? otherFiles(change) : product
  const hunks = await productHunks(change, files)
  const inert = inertHunks(files, hunks)
  const budget = AbortSignal.timeout(options.budgetMs)
  const only: Selection = new Map()
  const known = { change, files, isGuess, hunks, inert, options, startedMs, budget, only }
  const {
    testsMs = 0,
    narrowed = null,
    ...outcome
  } = await ofProduct(change, options.narrow !== undefined, await toldOf(known))
  const report: ProveReport = {
    reportFormat: 'canary-gate/prove/v1',
    base: change.base,
    head: change.fix,
    subject: change.subject,
    waiver: await waiverOf(change),
    runners: [],
    isolation: (await findSandbox()).isolation,
    tests: [],
    hunks: hunks.map((hunk) => plainHunk(hunk, inert)),
    ...outcome,
    reasons: outcome.reasons.slice(0, 50),
    seconds: { total: secondsSince(startedMs), tests: Math.round(testsMs) / 1000 },
  }
  return { report, narrowed }
}

/**
 * What nothing is known to read, and what reads like nothing, is something only where a test fails without
 * it: execution decides, also about what reading takes for types, names or layout.
 */
async function toldOf(known: Known): Promise<Outcome> {
  const { change, files, hunks, inert, isGuess } = known
  const isRead = !isGuess && (inert.size === hunks.length || areInert(files, hunks))
  if (hunks.length === 0) return nothing(change, hunks)
  const outcome = await outcomeOf({ ...known, inert: isRead ? new Set() : inert })
  const isRed = outcome.tests?.some(
    ({ result }) => result === 'catches' || result === 'not shown to execute the change',
  )
  if (isRed === true || (!isGuess && !isRead)) return outcome
  return isGuess ? { ...(await nothing(change, [])), hunks: [] } : nothing(change, hunks)
}

async function outcomeOf(known: Known): Promise<Outcome> {
  const { change } = known
  const inline = change.files.filter(changesOwnTests).map(({ path }) => path)
  const testFiles = [...new Set([...(await testsOf(change)), ...inline])]
  if (testFiles.length === 0) return noTest(change)
  try {
    const runner = await known.options.runner(testFiles, change)
    if (runner.suites.length === 0)
      return cannotTell('no changed file is a test that a runner here can be given')
    const runners = runner.suites.map(suiteReport)
    const only = await changedTests(change, testFiles)
    const running = { ...known, only, runner }
    const outcome = await inTrees(running)
    const suites = runner.suites.map((suite) => suite.built ?? suite)
    const isLoaded = outcome.tests?.every(({ with: now }) => now?.kind !== 'load') ?? true
    const isSame = suites.every((suite, at) => suite === runner.suites[at])
    if (isLoaded || isSame) return { runners, ...outcome }
    return { runners, ...(await inTrees({ ...running, runner: { ...runner, suites } })) }
  } catch (error) {
    return cannotTell(error instanceof Error ? error.message : String(error))
  }
}

type Running = Known & { readonly runner: TestRunner }

async function inTrees(known: Running): Promise<Outcome> {
  await using session = await openSession(known.change, known.runner, known.options.scratch)
  return await runAll(known, session)
}

/** A test may need what another one of its file did before it: then the files run whole. */
async function runAll(known: Running, session: Session): Promise<Outcome> {
  const first = await firstRuns(known, session)
  const { after } = first
  const isGood =
    after.kind === 'reported' &&
    after.cases.some(({ outcome }) => outcome === 'passed') &&
    after.cases.every(({ outcome }) => outcome !== 'failed')
  if (!isGood && known.only.size > 0) return runAll({ ...known, only: new Map() }, session)
  return compared(known, session, first)
}

async function compared(
  known: Running,
  session: Session,
  { after, before, testsMs }: Awaited<ReturnType<typeof firstRuns>>,
): Promise<Outcome> {
  const { budget, hunks, files, only } = known
  if (after.kind !== 'reported')
    return cannotTell(`with the change: ${budgetText(after.what, known)}`)
  const without =
    before.kind === 'reported' && isWholeChange(known.change, files)
      ? before
      : withHang(await session.after(withoutHunks(files, hunks), { signal: budget, only }), after)
  const old = before.kind === 'reported' ? before : without
  if (old.kind !== 'reported')
    return cannotTell(`without the change: ${budgetText(old.what, known)}`)
  const histories = ofChange(known, historiesOf(old, after))
  const { said, ...names } = saidOtherwise(files, hunks, join(session.scratch, 'named'))
  const second = await secondRuns(known, session, { after, before: old, said }, histories)
  const tests = histories.map((history) => {
    const again = second?.histories.find(({ id }) => id === history.id) ?? null
    const whole = without.kind === 'reported' ? caseOf(without, after, history.id) : null
    return testReport(history, again, whole)
  })
  const catching = histories.filter(({ id }) =>
    tests.some((one) => one.id === id && one.result === 'catches'),
  )
  if (catching.length === 0) return { ...verdictOf(tests, []), tests, testsMs }
  const modules = known.runner.suites.flatMap((suite) => suite.files)
  const request: ExecutionRequest = {
    ...{ files, session, catching, after, budget, only, testsMs },
    all: hunks,
    hunks: hunks.filter((hunk) => isAsked(known, hunk)),
    quoted: second?.quoted ?? null,
    ...names,
    tests: readTests(known.change, await othersOf(known.change, modules)),
    using: (words) => usersOf(known.change, words),
  }
  return { testsMs, ...(await answered(known, request, tests)) }
}

/** The change has tests that fail without it: do they execute what is asked about, and need it? */
async function answered(
  known: Running,
  request: ExecutionRequest,
  tests: readonly ProveTest[],
): Promise<Outcome> {
  const { options, runner } = known
  const { narrow } = options
  const together = narrow === undefined ? undefined : await withoutAsked(known, request)
  if (together?.kind === 'green') {
    const states = hunkReports(known.hunks, known.inert, unprovenStates(request))
    return { verdict: 'partly', reasons: [unneeded], tests: [...tests], hunks: states }
  }
  const seen = narrow === undefined ? null : await glance(request, narrow, runner)
  const commented = seen?.isClear === true ? { commented: seen.cases } : {}
  const execution = await executionOf({ ...request, ...commented })
  const executing = tests.map((one) => ({ ...one, result: resultWith(execution, one) }))
  const catching = request.catching.filter(({ id }) =>
    executing.some((one) => one.id === id && one.result === 'catches'),
  )
  if (catching.length === 0) return { ...verdictOf(executing, []), tests: executing }
  const caught = { ...request, catching, execution, inert: known.inert }
  const outcome = await withHunks(
    known,
    together === undefined ? caught : { ...caught, together },
    executing,
  )
  const isProven = outcome.hunks?.some(({ state }) => state === 'proven')
  if (narrow === undefined || seen === null || !isProven) return outcome
  return { ...outcome, narrowed: await lookAround(caught, narrow, runner, seen) }
}

/** Without everything that is asked about; where that is the whole change, it is known already. */
async function withoutAsked(known: Running, request: ExecutionRequest): Promise<Seen> {
  const { hunks, inert } = known
  const isAll = hunks.every((hunk) => inert.has(hunk.id) || isAsked(known, hunk))
  return isAll ? { kind: 'red', tests: request.catching.map(({ id }) => id) } : seenWithout(request)
}

async function withHunks(
  known: Running,
  request: HunkRequest,
  tests: readonly ProveTest[],
): Promise<Outcome> {
  const { options, startedMs } = known
  const states = await hunkStates(request)
  const leftMs = options.budgetMs - (performance.now() - startedMs)
  const mutantsMs = Math.min(options.mutantsMs, leftMs)
  const strong = await survivors({ ...request, mutantsMs })
  const hunks = hunkReports(known.hunks, known.inert, states).map((hunk) => ({
    ...hunk,
    mutants: strong.get(hunk.id) ?? hunk.mutants,
  }))
  const own = tests.map((test) => ({
    ...test,
    caughtBy: hunks.filter((hunk) => hunk.tests.includes(test.id)).map(({ id }) => id),
  }))
  return { ...verdictOf(own, hunks), tests: own, hunks }
}

const unneeded = 'the tests pass without what was asked about'

/** Whether a hunk does anything, and is asked about. */
function isAsked({ inert, options }: Known, { id }: Hunk): boolean {
  return !inert.has(id) && (options.narrow?.about.has(id) ?? true)
}

/** Of the tests that ran, those that the change touches, and those that it turns. */
function ofChange({ only }: Known, histories: readonly TestHistory[]): readonly TestHistory[] {
  return histories.filter(({ file, name, before, after }) => {
    const names = file === null ? undefined : only.get(file)
    const isChosen = names === undefined || names.includes(name.replace(/\[.*$/s, ''))
    return isChosen || (before?.outcome ?? 'failed') !== (after?.outcome ?? 'failed')
  })
}

function budgetText(what: string, { budget, options }: Known): string {
  return budget.aborted ? `the budget of ${options.budgetMs / 1000} s ended: ${what}` : what
}

function secondsSince(startedMs: number): number {
  return Math.round(performance.now() - startedMs) / 1000
}
