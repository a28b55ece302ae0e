import type { StopReport } from '../stop/verdict.ts'

/**
 * What the reporter saw of a run, as plain data: the judge decides from this alone and imports
 * nothing of the test runner.
 */
export interface RunObservation {
  /** Files of the gate that this run selected. */
  readonly selected: readonly string[]
  /** Modules of the gate in the order in which they ended. */
  readonly modules: readonly ModuleObservation[]
  /** Modules of other projects that ran along. */
  readonly foreignModules: readonly string[]
  /** Options given on the command line that the pinned run does not have. */
  readonly foreignOptions: readonly string[]
  /** Resolved settings that differ from the pinned ones, as `name: is, expected`. */
  readonly changedSettings: readonly string[]
  /** Environment variables that can weaken the run. */
  readonly foreignVariables: readonly string[]
  /** The operator asked for a run that writes nothing. */
  readonly dryRun: boolean
  readonly unhandledErrors: readonly string[]
  /** What went wrong in the gate's own process after this requirement had passed, e.g. a full disk. */
  readonly problem?: { readonly id: string; readonly stop: StopReport } | undefined
  /** `passed`, `failed` or `interrupted`; necessary for a release, never sufficient. */
  readonly reason: string
}

export interface ModuleObservation {
  /** Path relative to the project's root. */
  readonly file: string
  readonly state: string
  /** Errors outside of any test: load errors, hooks. */
  readonly errors: readonly string[]
  readonly tests: readonly TestObservation[]
  readonly startedAt?: Date
  readonly durationMs?: number
  /** Time spent waiting for programs that the requirement started. */
  readonly programsMs?: number
}

export interface TestObservation {
  readonly title: string
  readonly state: string
  readonly mode: string
  /** Expected to fail, which turns a red test green. */
  readonly fails: boolean
  readonly retries: number
  readonly repeats: number
  readonly errors: readonly string[]
  /** Unchecked meta of the test. */
  readonly meta: unknown
  readonly progress: readonly string[]
}
