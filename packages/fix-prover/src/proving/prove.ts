import { git } from '@canary-gate/programs'
import { type Change, readChange } from '../changes/change.ts'
import { historiesOf, type TestHistory } from '../execution/histories.ts'
import { testsOf } from '../execution/other-tests.ts'
import { openSession, type Session } from '../execution/session.ts'
import { changesOwnTests } from '../execution/test-part.ts'
import type { Failure, TestCase } from '../runners/case.ts'
import type { TestRun, TestRunner } from '../runners/runner.ts'
import { findSandbox } from '../runners/sandbox.ts'
import { type Execution, type ExecutionRequest, executionOf } from './executed.ts'
import { changedTests, type Selection } from './changed-tests.ts'
import { type Hunk, linesOf, productHunks, withoutHunks } from './hunks.ts'
import { areInert, inertHunks } from './inert.ts'
import { resultOf, resultWith, verdictOf } from './outcome.ts'
import { productFiles, usersOf } from './product-files.ts'
import type { ProveHunk, ProveReport, ProveTest } from './report.ts'
import { hunkStates } from './states.ts'
import { caseOf, firstRuns, type Reported, secondRuns, withHang } from './runs.ts'
import { survivors } from './survivors.ts'

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
}

/** Everything that is known before a test was run. */
interface Known {
  readonly change: Change
  readonly files: Change['files']
  readonly hunks: readonly Hunk[]
  readonly inert: ReadonlySet<number>
  readonly options: ProveOptions
  readonly startedMs: number
  readonly budget: AbortSignal
  /** The tests that the change touches, where that can be read. */
  readonly only: Selection
}

type Outcome = { readonly reasons: readonly string[] } & Pick<ProveReport, 'verdict'> &
  Partial<Pick<ProveReport, 'tests' | 'hunks' | 'runners'>> & { readonly testsMs?: number }

/**
 * Whether a change has a test that fails without it, by running its tests on the tree before, on the
 * tree with it, and on that tree without it and without each of its hunks.
 *
 * @throws ProverProblem when the change cannot be read
 */
export async function proveChange(options: ProveOptions): Promise<ProveReport> {
  const startedMs = performance.now()
  const change = await readChange(options.repo, [options.head], options.base)
  const files = await productFiles(change)
  const hunks = await productHunks(change, files)
  const inert = inertHunks(files, hunks)
  const budget = AbortSignal.timeout(options.budgetMs)
  const only: Selection = new Map()
  const known = { change, files, hunks, inert, options, startedMs, budget, only }
  const { testsMs = 0, ...outcome } = await outcomeOf(known)
  return {
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
}

async function outcomeOf(known: Known): Promise<Outcome> {
  const { change, files, hunks, inert } = known
  const allInert = hunks.length === 0 || inert.size === hunks.length || areInert(files, hunks)
  if (allInert) return { verdict: 'nothing to prove', reasons: [nothingText(known)] }
  const inline = change.files.filter(changesOwnTests).map(({ path }) => path)
  const testFiles = [...new Set([...(await testsOf(change)), ...inline])]
  if (testFiles.length === 0)
    return {
      verdict: 'no test',
      reasons: ['product code changes, and no test is added or changed'],
    }
  try {
    const runner = await known.options.runner(testFiles, change)
    if (runner.suites.length === 0)
      return {
        verdict: 'no test',
        reasons: ['no changed file is a test that a runner could be given'],
      }
    await using session = await openSession(change, runner, known.options.scratch)
    const runners = runner.suites.map((suite) => ({
      runner: suite.runner,
      folder: suite.folder,
      files: [...suite.files],
    }))
    const only = await changedTests(change, testFiles)
    return { runners, ...(await runAll({ ...known, only }, session)) }
  } catch (error) {
    return cannotTell(error instanceof Error ? error.message : String(error))
  }
}

function cannotTell(reason: string): Outcome {
  return { verdict: 'cannot tell', reasons: [reason] }
}

function nothingText({ change, hunks }: Known): string {
  const roles = new Set(change.files.map(({ role }) => role))
  if (hunks.length > 0) return 'only comments, layout, types, names or places change'
  if (roles.has('test')) return 'only tests change, and no product code'
  return 'no product code changes'
}

/** A test may need what another one of its file did before it: then the files run whole. */
async function runAll(known: Known, session: Session): Promise<Outcome> {
  const first = await firstRuns(known, session)
  const { after } = first
  const isGood =
    after.kind === 'reported' &&
    after.cases.some(({ outcome }) => outcome === 'passed') &&
    after.cases.every(({ outcome }) => outcome !== 'failed')
  if (!isGood && known.only.size > 0) return runAll({ ...known, only: new Map() }, session)
  return compared(known, session, first)
}

interface First {
  readonly after: TestRun
  readonly before: TestRun
  readonly testsMs: number
}

async function compared(
  known: Known,
  session: Session,
  { after, before, testsMs }: First,
): Promise<Outcome> {
  const { budget, hunks, files, only } = known
  if (after.kind !== 'reported')
    return cannotTell(`with the change: ${budgetText(after.what, known)}`)
  const without =
    before.kind === 'reported' && isWholeChange(known)
      ? before
      : withHang(await session.after(withoutHunks(files, hunks), { signal: budget, only }), after)
  const old = before.kind === 'reported' ? before : without
  if (old.kind !== 'reported')
    return cannotTell(`without the change: ${budgetText(old.what, known)}`)
  const histories = ofChange(known, historiesOf(old, after))
  const again = await secondRuns(known, session, { after, before: old }, histories)
  const tests = histories.map((history) => {
    const second = again?.find(({ id }) => id === history.id) ?? null
    const whole = without.kind === 'reported' ? caseOf(without, after, history.id) : null
    return testReport(history, second, whole)
  })
  const catching = histories.filter(({ id }) =>
    tests.some((one) => one.id === id && one.result === 'catches'),
  )
  if (catching.length === 0) return { ...verdictOf(tests, []), tests, testsMs }
  const active = hunks.filter(({ id }) => !known.inert.has(id))
  const using = (words: readonly string[]): Promise<Change['files']> => usersOf(known.change, words)
  const request = { files, hunks: active, session, catching, after, budget, only, using, testsMs }
  const execution = await executionOf(request)
  const executing = tests.map((one) => ({ ...one, result: resultWith(execution, one) }))
  const proving = catching.filter(({ id }) =>
    executing.some((one) => one.id === id && one.result === 'catches'),
  )
  if (proving.length === 0) return { ...verdictOf(executing, []), tests: executing, testsMs }
  const caught = { tests: executing, catching: proving, after, execution, using, testsMs }
  return { testsMs, ...(await withHunks(known, session, caught)) }
}

interface Caught {
  readonly tests: readonly ProveTest[]
  readonly catching: readonly TestHistory[]
  readonly after: Reported
  readonly execution: Execution
  readonly using: ExecutionRequest['using']
  readonly testsMs: number
}

async function withHunks(
  known: Known,
  session: Session,
  { tests, catching, after, execution, using, testsMs }: Caught,
): Promise<Outcome> {
  const { hunks, budget, files, inert, options, startedMs, only } = known
  const request = { files, hunks, session, catching, after, only, using, testsMs }
  const states = await hunkStates({ ...request, inert, budget, execution })
  const leftMs = options.budgetMs - (performance.now() - startedMs)
  const mutantsMs = Math.min(options.mutantsMs, leftMs)
  const strong = await survivors({ ...request, mutantsMs })
  const told = hunks.map((hunk): ProveHunk => {
    const state = states.get(hunk.id) ?? { state: 'not tried' as const, tests: [] }
    const mutants = strong.get(hunk.id) ?? { tried: 0, survived: [] }
    return { ...plainHunk(hunk, inert), ...state, mutants }
  })
  const own = tests.map((test) => ({
    ...test,
    caughtBy: told.filter((hunk) => hunk.tests.includes(test.id)).map(({ id }) => id),
  }))
  return { ...verdictOf(own, told), tests: own, hunks: told }
}

/** Whether the tree before, with the change's tests, is the tree with the change without its product part. */
function isWholeChange({ change, files }: Known): boolean {
  return change.files.every(
    (file) => file.role === 'test' || file.role === 'document' || files.includes(file),
  )
}

/** Of the tests that ran, those that the change touches, and those that it turns. */
function ofChange({ only }: Known, histories: readonly TestHistory[]): readonly TestHistory[] {
  return histories.filter(({ file, name, before, after }) => {
    const names = file === null ? undefined : only.get(file)
    const isChosen = names === undefined || names.includes(name.replace(/\[.*$/s, ''))
    return isChosen || (before?.outcome ?? 'failed') !== (after?.outcome ?? 'failed')
  })
}

function failureOf(failure: Failure | null): ProveTest['without'] {
  return failure === null ? null : { kind: failure.kind, message: failure.message }
}

function testReport(
  history: TestHistory,
  again: TestHistory | null,
  without: TestCase | null,
): ProveTest {
  const { id, file, before, after } = history
  const hits = after?.hits ?? null
  return {
    id,
    file,
    line: before?.failure?.line ?? null,
    result: resultOf({ history, again, without }),
    caughtBy: [],
    without: failureOf(before?.failure ?? null),
    with: failureOf(after?.failure ?? null),
    executes: hits === null ? null : [...hits],
  }
}

function plainHunk(hunk: Hunk, inert: ReadonlySet<number>): ProveHunk {
  const [first, last] = linesOf(hunk)
  const state = inert.has(hunk.id) ? 'no behaviour' : 'not tried'
  return {
    id: hunk.id,
    file: hunk.file,
    lines: [first, last],
    state,
    tests: [],
    mutants: { tried: 0, survived: [] },
  }
}

/** `Test-exempt: reason` in the message of a commit of the change. */
async function waiverOf({ repo, base, fix }: Change): Promise<string | null> {
  const text = await git(repo, ['log', '--format=%B', fix, `^${base}`]).catch(() =>
    git(repo, ['show', '--no-patch', '--format=%B', fix]),
  )
  const reasons = [...text.matchAll(/^Test-exempt:[ \t]*(?<reason>\S.*)$/gim)]
  return reasons.length === 0
    ? null
    : reasons.map(({ groups }) => groups?.['reason'] ?? '').join('; ')
}

function budgetText(what: string, { budget, options }: Known): string {
  return budget.aborted ? `the budget of ${options.budgetMs / 1000} s ended: ${what}` : what
}

function secondsSince(startedMs: number): number {
  return Math.round(performance.now() - startedMs) / 1000
}
