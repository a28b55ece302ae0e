import type { ChangedFile, Change } from '../change.ts'
import type { TestCase } from './junit.ts'
import { runTests, type TestRun, type TestRunner } from './runner.ts'
import { openTrees, takePaths, type Trees, writeTexts } from './trees.ts'

/** One test over the trees. */
export interface TestHistory {
  readonly id: string
  readonly name: string
  readonly before: TestCase | null
  readonly after: TestCase | null
}

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
  await using trees = await openTrees(request.change.repo, request.scratch)
  const [before, after] = await Promise.all([
    prepareBefore(trees, request),
    prepareAfter(trees, request),
  ])
  const first = await runBoth(request, trees, before, after)
  if (first.kind === 'inconclusive' || first.failToPass.length === 0) return first
  const attribution = await attribute(trees, request, first.failToPass)
  if (attribution.attributed.length === 0) return { ...first, ...attribution }
  const second = await runBoth(request, trees, before, after)
  if (second.kind === 'inconclusive') return second
  const again = new Set(second.failToPass.map(({ id }) => id))
  const onOutput = await whatWatchesOutput(trees, request, first.failToPass)
  const steady = attribution.attributed.filter((id) => again.has(id) && !onOutput.includes(id))
  const others = steady.length === 0 ? [] : await brokenNeighbours(request, trees, before, after)
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

async function prepareBefore(trees: Trees, { change }: ProofRequest): Promise<string> {
  const tree = await trees.add('before', change.base)
  const tests = change.files.filter(({ role }) => role === 'test')
  const has = (file: ChangedFile): boolean => file.after !== null
  const paths = (files: readonly ChangedFile[]): string[] => files.map(({ path }) => path)
  await takePaths(
    tree,
    change.fix,
    paths(tests.filter(has)),
    paths(tests.filter((file) => !has(file))),
  )
  return tree
}

function prepareAfter(trees: Trees, { change }: ProofRequest): Promise<string> {
  return trees.add('after', change.fix)
}

async function runBoth(
  request: ProofRequest,
  trees: Trees,
  before: string,
  after: string,
): Promise<Proof> {
  const [pre, post] = await Promise.all([run(request, trees, before), run(request, trees, after)])
  if (post.kind !== 'reported') return { kind: 'inconclusive', what: `with the fix: ${post.what}` }
  if (pre.kind !== 'reported') return { kind: 'inconclusive', what: `before the fix: ${pre.what}` }
  return compare(request, pre.cases, post.cases)
}

/** Unchanged tests that pass before and fail with the fix, twice. What cannot be run there tells nothing. */
async function brokenNeighbours(
  request: ProofRequest,
  trees: Trees,
  before: string,
  after: string,
): Promise<readonly TestHistory[]> {
  if (request.neighbours.length === 0) return []
  const others = { ...request, testFiles: request.neighbours }
  const first = await runBoth(others, trees, before, after)
  if (first.kind !== 'ran' || first.broken.length === 0) return []
  const second = await runBoth(others, trees, before, after)
  const again = new Set(second.kind === 'ran' ? second.broken.map(({ id }) => id) : [])
  return first.broken.filter(({ id }) => again.has(id))
}

function run({ runner, testFiles }: ProofRequest, trees: Trees, tree: string): Promise<TestRun> {
  return runTests(runner, tree, trees.scratch, testFiles)
}

function compare(
  request: ProofRequest,
  before: readonly TestCase[],
  after: readonly TestCase[],
): Ran {
  const ids = [...new Set([...before, ...after].map(({ id }) => id))]
  const histories = ids.map((id) => {
    const pre = before.find((test) => test.id === id) ?? null
    const post = after.find((test) => test.id === id) ?? null
    return { id, name: (pre ?? post)?.name ?? id, before: pre, after: post }
  })
  const turned = histories.filter(
    ({ before: pre, after: post }) => post?.outcome === 'passed' && pre?.outcome !== 'passed',
  )
  return {
    kind: 'ran',
    histories,
    failToPass: turned.filter((history) => failedByAssertion(request, history)),
    attributed: [],
    attributionProblem: null,
    onOutput: [],
    broken: histories.filter(
      ({ before: pre, after: post }) => pre?.outcome === 'passed' && post?.outcome !== 'passed',
    ),
    failedOtherwise: turned.filter(
      ({ before: pre }) => pre?.failure?.kind !== 'assertion' && pre?.outcome !== 'skipped',
    ),
  }
}

function failedByAssertion(request: ProofRequest, history: TestHistory): boolean {
  const { before } = history
  return before?.failure?.kind === 'assertion' && request.counts(history, before)
}

type Attribution = Pick<Ran, 'attributed' | 'attributionProblem'>

/**
 * On the fixed tree, without the criterion's change alone: which of the tests turn red again? Where
 * all of it taken back at once only makes the tests stumble (a field is missing), one unit at a time
 * may still show what they assert.
 */
async function attribute(
  trees: Trees,
  request: ProofRequest,
  failToPass: readonly TestHistory[],
): Promise<Attribution> {
  let first: Attribution | null = null
  for (const [at, { texts, fits }] of request.reverted.entries()) {
    const tree = await trees.add(`without-${at}`, request.change.fix)
    await writeTexts(tree, texts)
    const result = await run(request, trees, tree)
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
    if (test?.failure?.kind !== 'assertion' || !request.counts(history, test)) return false
    return fits || failsAlike(history.before, test)
  })
  const staysGreen = failToPass.every(({ id }) => now(id)?.outcome === 'passed')
  const isUnclear = red.length === 0 && !staysGreen
  const problem = fits
    ? 'without the change of the criterion the tests fail, but not by their assertions'
    : 'the change of the criterion cannot be taken back alone: the old code does not fit the rest'
  return { attributed: red.map(({ id }) => id), attributionProblem: isUnclear ? problem : null }
}

/** On the fixed tree, without the added output alone: which tests fail again, where they failed before? */
async function whatWatchesOutput(
  trees: Trees,
  request: ProofRequest,
  failToPass: readonly TestHistory[],
): Promise<readonly string[]> {
  if (request.silenced.size === 0) return []
  const tree = await trees.add('silenced', request.change.fix)
  await writeTexts(tree, request.silenced)
  const result = await run(request, trees, tree)
  if (result.kind !== 'reported') return []
  return failToPass.flatMap(({ id, before }) => {
    const test = result.cases.find((one) => one.id === id)
    const isAlike = test?.failure?.line === before?.failure?.line
    return test?.outcome === 'failed' && isAlike ? [id] : []
  })
}

/** The same assertion with the same values, but for what differs from run to run. */
function failsAlike(before: TestCase | null, now: TestCase): boolean {
  const told = (test: TestCase | null): string =>
    `${test?.failure?.line ?? ''} ${(test?.failure?.message ?? '').replace(/\/\S+|\d{5,}|0x[0-9a-f]+/g, '…')}`
  return told(before) === told(now)
}
