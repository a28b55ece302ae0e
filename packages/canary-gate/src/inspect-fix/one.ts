import { resolve } from 'node:path'
import { z } from 'zod'
import type { Criterion } from '@canary-gate/fix-prover'
import type { FixReport, ProverProblem } from '@canary-gate/fix-prover'
import type { ProgramContext } from '../program/context.ts'
import { UsageError } from '../program/usage-error.ts'

export interface InspectFixOptions {
  readonly repo: string
  readonly commit?: readonly string[]
  readonly commits?: string
  readonly base?: string
  readonly criterion?: string
  readonly runTests?: true
  readonly testCommand?: string
  readonly prepareCommand?: string
  readonly python?: string
  readonly timeout: string
  readonly json?: true
  readonly schema?: true
}

/** Judges one change: a commit, or several together. */
export async function inspectOne(
  options: InspectFixOptions,
  criterion: Criterion,
  commits: readonly string[],
  context: ProgramContext,
): Promise<FixReport> {
  const { inspectFix } = await import('@canary-gate/fix-prover')
  const { detectRunner } = await import('@canary-gate/fix-prover')
  const wishes = wishesOf(options)
  return inspectFix({
    repo: resolve(context.cwd, options.repo),
    commits,
    criterion,
    ...(options.base === undefined ? {} : { base: options.base }),
    runner: options.runTests
      ? (testFiles, change) => detectRunner(wishes, testFiles, change)
      : null,
  })
}

function wishesOf({ timeout, testCommand, prepareCommand, python }: InspectFixOptions): {
  timeoutMs: number
  testCommand?: readonly string[]
  prepareCommand?: readonly string[]
  python?: string
} {
  const seconds = Number(timeout)
  if (!(seconds > 0)) throw new UsageError(`--timeout ${timeout}: write a number of seconds`)
  return {
    timeoutMs: seconds * 1000,
    ...(testCommand === undefined ? {} : { testCommand: words('--test-command', testCommand) }),
    ...(prepareCommand === undefined
      ? {}
      : { prepareCommand: words('--prepare-command', prepareCommand) }),
    ...(python === undefined ? {} : { python: resolve(python) }),
  }
}

/** A JSON array of strings that an option was given. */
export function words(option: string, text: string): readonly string[] {
  const parsed = z.array(z.string()).min(1).safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw new UsageError(`${option}: write a JSON array of strings, e.g. ["uv","run","pytest"]`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Problems of the prover and of git say what, where and what to do next. */
function hasReport(error: unknown): error is Pick<ProverProblem, 'report'> {
  return error instanceof Error && 'report' in error
}

/** A commit that cannot be judged has a report, too; the others of a list are judged all the same. */
export function unreadable(
  names: readonly string[],
  { issue }: Criterion,
  error: unknown,
): FixReport {
  if (error instanceof UsageError) throw error
  const [code, text] = hasReport(error)
    ? [error.report.code, `${error.report.what} (${error.report.where}); ${error.report.next}`]
    : ['unexpected', error instanceof Error ? error.message : String(error)]
  return {
    reportFormat: 'canary-gate/fix-substance/v1',
    commit: names.join(' '),
    commits: [...names],
    base: '',
    subject: '',
    criterion: issue,
    verdict: 'review',
    standing: 'inconclusive',
    reasons: [{ code, text, file: null, unit: null, lines: null }],
    files: [],
    units: [],
    changedTests: [],
    testOnlyNames: [],
    unread: [],
    execution: { outcome: 'not-run', detail: null, tests: [], broken: [] },
  }
}
