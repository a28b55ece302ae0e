import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Change, isThere, readChange } from '../changes/change.ts'
import type { TestRunner } from '../runners/runner.ts'
import { testsOf } from './other-tests.ts'
import { prepare, runSuites, settled } from './session.ts'
import { openTrees, takePaths } from './trees.ts'

export interface TestsAt {
  /** Folder of a clone. It is only read. */
  readonly repo: string
  /** The change that brought the tests. */
  readonly fix: string
  /** The commit on whose tree they are run. */
  readonly commit: string
  /** Ids of the tests, as a report names them. */
  readonly tests: readonly string[]
  readonly runner: (testFiles: readonly string[], change: Change) => Promise<TestRunner>
  /** Folder for the work tree; the system's folder for temporary files if absent. */
  readonly scratch?: string
}

/** How one of the tests ended there; `absent`: it did not run. */
export interface TestAt {
  readonly id: string
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'absent'
  /** What the runner says of it; empty for a test that passed. */
  readonly why: string
}

/**
 * Runs the tests of a change on the tree of a later commit: whether what it mended still is. A test runs as
 * that tree has it; one that the tree no longer has runs as the change brought it.
 *
 * @throws ProverProblem when the change cannot be read
 */
export async function runTestsAt(options: TestsAt): Promise<readonly TestAt[]> {
  const { repo, fix, commit, tests } = options
  const change = await readChange(repo, [fix])
  const files = await testsOf(change)
  const runner = await options.runner(files, change)
  await using trees = await openTrees(repo, options.scratch)
  const tree = await trees.add('later', commit)
  await prepare(runner, tree)
  const look = async (those: readonly string[]): Promise<Map<string, TestAt>> => {
    const own = { files: files.filter((file) => existsSync(join(tree, file))) }
    const run = await settled(() => runSuites(runner, tree, trees.scratch, own))
    return new Map(those.map((id) => [id, endOf(run, id)]))
  }
  const now = await look(tests)
  const gone = tests.filter((id) => now.get(id)?.outcome === 'absent')
  if (gone.length === 0) return [...now.values()]
  const brought = change.files.filter((file) => file.role === 'test' && isThere(file))
  await takePaths(
    tree,
    change.fix,
    brought.map(({ path }) => path),
    [],
  )
  const then = await look(gone)
  return tests.flatMap((id) => then.get(id) ?? now.get(id) ?? [])
}

function endOf(run: Awaited<ReturnType<typeof runSuites>>, id: string): TestAt {
  if (run.kind !== 'reported') return { id, outcome: 'absent', why: run.what }
  // A parameterized test may be there several times: none of them may fail.
  const all = run.cases.filter((one) => one.id === id)
  const worst = ['failed', 'skipped', 'passed'].flatMap((outcome) =>
    all.filter((one) => one.outcome === outcome),
  )[0]
  if (worst === undefined) return { id, outcome: 'absent', why: 'it did not run' }
  return { id, outcome: worst.outcome, why: worst.failure?.message ?? '' }
}
