import type { Change } from '../changes/change.ts'
import { failedByBehaviour, failsAlike, type TestCase } from '../runners/case.ts'
import type { TestRun, TestRunner } from '../runners/runner.ts'
import { historiesOf, type TestHistory, turned } from './histories.ts'
import { openSession, type RunOptions, type Session } from './session.ts'

/** What running the changed tests showed. */
export type Proof =
  | {
      readonly kind: 'ran'
      readonly histories: readonly TestHistory[]
      /** Failed by its own assertion before, passed after. */
      readonly failToPass: readonly TestHistory[]
      /** Of those, the ones that fail again when only the criterion's change is taken back. */
      readonly attributed: readonly string[]
      /** Why taking it back could not be tried or told nothing; null if it was tried. */
      readonly attributionProblem: string | null
      /** Of the attributed ones, those left out because they fail alike without the added output alone. */
      readonly onOutput: readonly string[]
      /** Passed before and does not pass after. */
      readonly broken: readonly TestHistory[]
      /** Failed before only because something could not be loaded, or by an error on the way. */
      readonly failedOtherwise: readonly TestHistory[]
    }
  | { readonly kind: 'inconclusive'; readonly what: string }

/** Product files with some units as they were before. */
export interface Reverted {
  readonly texts: ReadonlyMap<string, string | null>
  /** Whether the old units fit the rest; if not, only a failure like the one before tells anything. */
  readonly fits: boolean
}

export interface ProofRequest {
  readonly change: Change
  readonly testFiles: readonly string[]
  /** Test files that the change leaves alone and that must stay green. */
  readonly neighbours: readonly string[]
  readonly runner: TestRunner
  /**
   * The criterion's change alone taken back: first all of it, then each of its units on its own.
   * Empty where it cannot be taken back.
   */
  readonly reverted: readonly Reverted[]
  /** Files of the fixed tree without the output that the change added; empty where it adds none. */
  readonly silenced: ReadonlyMap<string, string>
  /** Folder for the work trees; the system's own if absent. */
  readonly scratch?: string
  /** Whether the failure of a test counts at all: one that only looks at log text does not. */
  counts(history: TestHistory, failed: TestCase): boolean
}

/**
 * Runs the changed tests on the tree before (with only the tests' part of the change), on the tree
 * with the fix, and on that tree without the criterion's change alone. What discriminates must do so
 * twice, so that a test that fails now and then proves nothing.
 */
export async function prove(request: ProofRequest): Promise<Proof> {
  await using session = await openSession(request.change, request.runner, request.scratch)
  const first = await runBoth(request, session)
  if (first.kind === 'inconclusive' || first.failToPass.length === 0) return first
  const attribution = await attribute(session, request, first.failToPass)
  if (attribution.attributed.length === 0) return { ...first, ...attribution }
  const second = await runBoth(request, session, { seed: 1 })
  if (second.kind === 'inconclusive') return second
  const again = new Set(second.failToPass.map(({ id }) => id))
  const onOutput = await whatWatchesOutput(session, request, first.failToPass)
  const steady = attribution.attributed.filter((id) => again.has(id) && !onOutput.includes(id))
  const others = steady.length === 0 ? [] : await brokenNeighbours(request.neighbours, session)
  const brokenAgain = new Set(second.broken.map(({ id }) => id))
  return {
    ...first,
    broken: [...first.broken.filter(({ id }) => brokenAgain.has(id)), ...others],
    attributed: steady,
    onOutput,
    attributionProblem:
      steady.length + onOutput.length === 0 ? 'the tests do not behave the same twice' : null,
  }
}

type Ran = Extract<Proof, { kind: 'ran' }>

async function runBoth(
  request: ProofRequest,
  session: Session,
  options: RunOptions = {},
): Promise<Proof> {
  const histories = await onBoth(session, options)
  return typeof histories === 'string'
    ? { kind: 'inconclusive', what: histories }
    : compare(request, histories)
}

/** The tests on the tree before and on the tree with the fix; why not, where a run reported nothing. */
async function onBoth(
  session: Session,
  options: RunOptions,
): Promise<readonly TestHistory[] | string> {
  const [pre, post] = await Promise.all([
    session.before(options),
    session.after(new Map(), options),
  ])
  if (post.kind !== 'reported') return `with the fix: ${post.what}`
  if (pre.kind !== 'reported') return `before the fix: ${pre.what}`
  return historiesOf(pre, post)
}

/** Unchanged tests that pass before and fail with the fix, twice. What cannot be run there tells nothing. */
export async function brokenNeighbours(
  files: readonly string[],
  session: Session,
): Promise<readonly TestHistory[]> {
  if (files.length === 0) return []
  const first = brokenIn(await onBoth(session, { files }))
  if (first.length === 0) return []
  const again = new Set(brokenIn(await onBoth(session, { files })).map(({ id }) => id))
  return first.filter(({ id }) => again.has(id))
}

/** Passed before and does not pass with the fix. */
function brokenIn(histories: readonly TestHistory[] | string): readonly TestHistory[] {
  if (typeof histories === 'string') return []
  return histories.filter(
    ({ before: pre, after: post }) => pre?.outcome === 'passed' && post?.outcome !== 'passed',
  )
}

function compare(request: ProofRequest, histories: readonly TestHistory[]): Ran {
  const toGreen = histories.filter(
    ({ before: pre, after: post }) => post?.outcome === 'passed' && pre?.outcome !== 'passed',
  )
  return {
    kind: 'ran',
    histories,
    failToPass: histories.filter((history) => turned(history) && counted(request, history)),
    attributed: [],
    attributionProblem: null,
    onOutput: [],
    broken: brokenIn(histories),
    failedOtherwise: toGreen.filter(
      ({ before: pre }) => pre?.outcome !== 'skipped' && !failedByBehaviour(pre),
    ),
  }
}

function counted(request: ProofRequest, history: TestHistory): boolean {
  return history.before !== null && request.counts(history, history.before)
}

type Attribution = Pick<Ran, 'attributed' | 'attributionProblem'>

/**
 * On the fixed tree, without the criterion's change alone: which of the tests turn red again? Where
 * all of it taken back at once only makes the tests stumble (a field is missing), one unit at a time
 * may still show what they assert.
 */
async function attribute(
  session: Session,
  request: ProofRequest,
  failToPass: readonly TestHistory[],
): Promise<Attribution> {
  let first: Attribution | null = null
  for (const { texts, fits } of request.reverted) {
    const result = await session.after(texts)
    const attribution = attributionOf(request, result, failToPass, fits)
    if (attribution.attributed.length > 0) return attribution
    first ??= attribution
    if (first.attributionProblem === null) break
  }
  const problem = 'the change of the criterion cannot be taken back alone'
  return first ?? { attributed: [], attributionProblem: problem }
}

function attributionOf(
  request: ProofRequest,
  result: TestRun,
  failToPass: readonly TestHistory[],
  fits: boolean,
): Attribution {
  if (result.kind !== 'reported') return { attributed: [], attributionProblem: result.what }
  const now = (id: string): TestCase | undefined => result.cases.find((test) => test.id === id)
  const red = failToPass.filter((history) => {
    const test = now(history.id)
    if (!failedByBehaviour(test)) return false
    // Old code among new may raise an error of its own: only the very error of before tells anything.
    const isSure = fits && test.failure.kind === 'assertion'
    return request.counts(history, test) && (isSure || isSame(history.before, test))
  })
  const staysGreen = failToPass.every(({ id }) => now(id)?.outcome === 'passed')
  const isUnclear = red.length === 0 && !staysGreen
  const problem = fits
    ? 'without the change of the criterion the tests fail, but not by their assertions'
    : 'the change of the criterion cannot be taken back alone: the old code does not fit the rest'
  return { attributed: red.map(({ id }) => id), attributionProblem: isUnclear ? problem : null }
}

/** On the fixed tree, without its output: which tests fail again, where they failed before? */
async function whatWatchesOutput(
  session: Session,
  request: ProofRequest,
  failToPass: readonly TestHistory[],
): Promise<readonly string[]> {
  const { silenced, runner } = request
  const isSilent = runner.suites.some(({ canSilence }) => canSilence)
  const [removed, silent] = await Promise.all([
    silenced.size === 0 ? null : session.after(silenced),
    isSilent ? session.after(new Map(), { silent: true }) : null,
  ])
  const failed = (run: TestRun | null, id: string): TestCase | null => {
    const test = run?.kind === 'reported' ? run.cases.find((one) => one.id === id) : undefined
    return test?.outcome === 'failed' ? test : null
  }
  return failToPass.flatMap(({ id, before }) => {
    const without = failed(removed, id)
    const isAlike = without !== null && without.failure?.line === before?.failure?.line
    const unheard = failed(silent, id)
    return isAlike || (unheard !== null && isSame(before, unheard)) ? [id] : []
  })
}

/** The same failure at the same line. */
function isSame(before: TestCase | null, now: TestCase): boolean {
  const isThere = before?.failure?.line === now.failure?.line
  return isThere && failsAlike(before?.failure ?? null, now.failure)
}
