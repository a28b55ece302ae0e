import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Change, isThere } from '../changes/change.ts'
import type { TestCase } from '../runners/case.ts'
import type { RunRequest, TestRun, TestRunner } from '../runners/runner.ts'
import { findSandbox } from '../runners/sandbox.ts'
import { testPartOf } from './test-part.ts'
import { openTrees, takePaths, type Trees, writeTexts } from './trees.ts'

/** Files of a tree that are other than in the commit; null: the file is not there. */
export type Texts = ReadonlyMap<string, string | null>

/** What a run may ask for besides the tests. */
export type RunOptions = Pick<
  RunRequest,
  'seed' | 'silent' | 'shown' | 'watch' | 'signal' | 'only'
> & {
  /** Other test files than those of the suites. */
  readonly files?: readonly string[]
  /** Ends the run after this time, counted from its begin: not while it waits for a core. */
  readonly withinMs?: number
}

/** The trees of one change, and runs of its tests on them. */
export interface Session extends AsyncDisposable {
  /** A folder beside the trees. */
  readonly scratch: string
  /** From here on no run may take longer, so that one that hangs is soon known. */
  limit(ms: number): void
  /** On the tree before the change, with the change's tests. */
  before(options?: RunOptions): Promise<TestRun>
  /** On the tree with the change, with some of its files as given. */
  after(texts?: Texts, options?: RunOptions): Promise<TestRun>
}

/**
 * Opens the trees of a change. A tree is prepared once, and used again for the next run: only the files
 * that a run changes are written, and put back after it. As many runs as there are cores go side by side.
 */
export async function openSession(
  change: Change,
  runner: TestRunner,
  scratch?: string,
): Promise<Session> {
  const trees = await openTrees(change.repo, scratch)
  const { isolation } = await findSandbox()
  // Side by side on one network the trees would take each other's ports: a failure of neither.
  const cores = limited(isolation.network ? availableParallelism() : 1)
  const heads = new Pool(async (at) => {
    const folder = await trees.add(`after-${at}`, change.fix)
    await prepare(runner, folder)
    return folder
  })
  const bases = new Pool(async (at) => {
    const folder = await beforeTree(trees, change, at)
    await prepare(runner, folder)
    return folder
  })
  let { timeoutMs } = runner
  const run = (tree: string, options: RunOptions): Promise<TestRun> =>
    runSuites({ ...runner, timeoutMs }, tree, trees.scratch, begun(options))
  return {
    scratch: trees.scratch,
    limit: (ms) => void (timeoutMs = Math.min(timeoutMs, Math.ceil(ms))),
    before: (options = {}) =>
      cores(() => bases.with(async (tree) => settled(() => run(tree, options)))),
    after: (texts = new Map(), options = {}) =>
      cores(() =>
        heads.with(async (tree) => {
          await writeTexts(tree, texts)
          try {
            return await settled(() => run(tree, options))
          } finally {
            await restore(tree, change, [...texts.keys(), ...(options.shown?.keys() ?? [])])
          }
        }),
      ),
    [Symbol.asyncDispose]: () => trees[Symbol.asyncDispose](),
  }
}

/** The options of a run that begins now. */
function begun({ withinMs, ...options }: RunOptions): RunOptions {
  if (withinMs === undefined) return options
  const over = AbortSignal.timeout(withinMs)
  return {
    ...options,
    signal: AbortSignal.any([over, ...(options.signal ? [options.signal] : [])]),
  }
}

/** The tree before, with the tests' part of the change only. */
async function beforeTree(trees: Trees, change: Change, at: number): Promise<string> {
  const tree = await trees.add(`before-${at}`, change.base)
  const tests = change.files.filter(({ role }) => role === 'test')
  const paths = (is: boolean): string[] =>
    tests.filter((file) => isThere(file) === is).map(({ path }) => path)
  await takePaths(tree, change.fix, paths(true), paths(false))
  await writeTexts(tree, await testPartOf(change))
  return tree
}

export async function prepare({ suites }: TestRunner, tree: string): Promise<void> {
  for (const suite of suites) await suite.prepare(tree)
}

async function restore(
  tree: string,
  { fix, files }: Change,
  paths: readonly string[],
): Promise<void> {
  const isGone = (path: string): boolean => files.some((one) => one.path === path && !isThere(one))
  const all = [...new Set(paths)]
  await takePaths(
    tree,
    fix,
    all.filter((path) => !isGone(path)),
    all.filter(isGone),
  )
}

/** A runner that cannot be started is a run without a report: that proves nothing, and says why. */
export async function settled(run: () => Promise<TestRun>): Promise<TestRun> {
  return run().catch((error: unknown) => ({
    kind: 'not-reported',
    what: error instanceof Error ? error.message : String(error),
  }))
}

/** Every suite must have reported: half a proof is none. */
export async function runSuites(
  { suites, timeoutMs }: TestRunner,
  tree: string,
  scratch: string,
  { files, ...options }: RunOptions,
): Promise<TestRun> {
  const cases: TestCase[] = []
  const unloaded = new Map<string, string>()
  const hits: string[] = []
  let isMeasured = false
  // What one runner shows on the disk another one would compile.
  if (options.shown !== undefined && suites.length > 1)
    return { kind: 'not-reported', what: 'several runners' }
  for (const suite of suites) {
    const own = files === undefined ? suite.files : files.filter((file) => isLike(file, suite))
    if (own.length === 0) continue
    const run = await suite.run({ ...options, tree, scratch, files: own, timeoutMs })
    if (run.kind !== 'reported') return run
    cases.push(...run.cases)
    for (const [file, why] of run.unloaded) unloaded.set(file, why)
    hits.push(...(run.hits ?? []))
    isMeasured ||= run.hits !== null
  }
  return { kind: 'reported', cases, unloaded, hits: isMeasured ? hits : null }
}

/** Whether a suite can be given a file that is not its own: same folder, same kind of file. */
function isLike(file: string, { files, folder }: TestRunner['suites'][number]): boolean {
  const extension = (path: string): string => /\.[^.]+$/.exec(path)?.[0] ?? ''
  const isBelow = folder === '' || file.startsWith(join(folder, '/'))
  return isBelow && files.some((own) => extension(own) === extension(file))
}

/** Things that are made when needed and used again. */
class Pool {
  readonly #free: string[] = []
  readonly #make: (at: number) => Promise<string>
  #made = 0

  constructor(make: (at: number) => Promise<string>) {
    this.#make = make
  }

  async with<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
    const folder = this.#free.pop() ?? (await this.#make(this.#made++))
    try {
      return await use(folder)
    } finally {
      this.#free.push(folder)
    }
  }
}

/** Lets only so many run at a time; the others wait in the order in which they came. */
function limited(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
