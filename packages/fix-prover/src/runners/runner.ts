import type { TestCase } from './case.ts'

/** What became of one run of the tests on one tree. Only `reported` proves that anything ran. */
export type TestRun =
  | {
      readonly kind: 'reported'
      readonly cases: readonly TestCase[]
      /** Test files that could not be loaded, with the reason. */
      readonly unloaded: ReadonlyMap<string, string>
      /** Changed lines executed outside of any test (while modules are loaded); null: not measured. */
      readonly hits: readonly string[] | null
    }
  | { readonly kind: 'timed-out'; readonly what: string }
  | { readonly kind: 'not-reported'; readonly what: string }

/** One run of test files. */
export interface RunRequest {
  readonly tree: string
  /** Folder for reports and the home of the run. */
  readonly scratch: string
  /** Paths in the repository. */
  readonly files: readonly string[]
  readonly timeoutMs: number
  /** Names of the tests to run in a file, where the runner can choose; other files run whole. */
  readonly only?: ReadonlyMap<string, readonly string[]>
  /** Ends the run before its time limit. */
  readonly signal?: AbortSignal
  /** Runs the tests in another order where the runner can. */
  readonly seed?: number
  /** With nothing that is printed or logged arriving anywhere, where the runner can. */
  readonly silent?: boolean
  /** What files of the tree say on the disk while the texts that are there now run, where the runner can. */
  readonly shown?: ReadonlyMap<string, string>
  /** Lines of product files whose execution is recorded, where the runner can: path → spans. */
  readonly watch?: ReadonlyMap<string, readonly (readonly [number, number])[]>
}

/**
 * The test files of one runner in one package of the repository. Whoever adds a runner writes one
 * function that makes a Suite and one line in `detect.ts`; everything else takes it as it is.
 */
export interface Suite {
  /** `pytest`, `vitest`, … as reports show it. */
  readonly runner: string
  /** Folder of the package that the tests belong to, '' for the root of the repository. */
  readonly folder: string
  readonly files: readonly string[]
  /** Whether output can be switched off, so that what only looks at output can be told. */
  readonly canSilence: boolean
  /** The same, with what the package builds before its tests: for tests that do not load without. */
  readonly built?: Suite
  /**
   * Makes a work tree ready: installs dependencies (kept by lock file), builds. Called once a tree.
   *
   * @throws Error that says what is missing
   */
  prepare(tree: string): Promise<void>
  /** Runs test files in a prepared tree and reads the runner's own data. */
  run(request: RunRequest): Promise<TestRun>
}

/** How the changed tests are run. */
export interface TestRunner {
  readonly suites: readonly Suite[]
  /** For one run of the tests on one tree. */
  readonly timeoutMs: number
}

/** A suite whose runner chooses nothing but the files, on a tree that is installed once. */
export function suiteOf(
  runner: string,
  folder: string,
  files: readonly string[],
  how: Pick<Suite, 'prepare' | 'run'>,
): Suite {
  return { runner, folder, files, canSilence: false, ...how }
}
