import type { ChangedFile } from '../changes/change.ts'
import { historiesOf, type TestHistory } from '../execution/histories.ts'
import type { RunOptions, Session, Texts } from '../execution/session.ts'
import type { TestReading } from '../reading/tests.ts'
import type { TestCase } from '../runners/case.ts'
import { filesOf } from './catching.ts'
import type { Selection } from './changed-tests.ts'
import type { Hunk } from './hunks.ts'
import { type Reported, withHang } from './runs.ts'

export interface ExecutionRequest {
  readonly files: readonly ChangedFile[]
  /** Every hunk of the change. */
  readonly all: readonly Hunk[]
  /** Those that change behaviour, and are asked about. */
  readonly hunks: readonly Hunk[]
  readonly session: Session
  /** Tests that fail without the change. */
  readonly catching: readonly TestHistory[]
  readonly after: Reported
  readonly budget: AbortSignal
  readonly only: Selection
  /** The tests of the changed files, as far as they can be read. */
  readonly tests: readonly TestReading[]
  /** How long the tests took with the change. */
  readonly testsMs: number
  /** Without the change, its lines being comments. */
  readonly quoted: Reported | null
  /** File in which what stands for new names notes who called it. */
  readonly named: string
  /** The same without what stands for new names; null where there is nothing of the kind. */
  readonly unnamed: Texts | null
  /** The same with what stands for new names doing nothing. */
  readonly idle: Texts | null
  /** With comments at what changed, where that was run already. */
  readonly commented?: Cases
  /** Product files of the tree with the change that have one of these words. */
  readonly using: (words: readonly string[]) => Promise<readonly ChangedFile[]>
}

export type Cases = ReadonlyMap<string, TestCase | null> | null

/** The catching tests on the tree with the change and some other texts; null where nothing ran. */
export async function casesWith(
  request: ExecutionRequest,
  texts: Texts,
  how: Pick<RunOptions, 'silent' | 'shown' | 'withinMs'> = {},
): Promise<Cases> {
  const { session, catching, after, budget, only } = request
  if ((texts.size === 0 && how.shown === undefined) || budget.aborted) return null
  const options = { ...how, signal: budget, only, ...filesOf(catching) }
  const run = withHang(await session.after(texts, options), after)
  if (run.kind !== 'reported') return null
  const now = historiesOf(run, after)
  return new Map(
    catching.map(({ id }) => [id, now.find((one) => one.id === id)?.before ?? null] as const),
  )
}

/** The same on the first of some texts on which the tests are loaded: of a language that is not parsed here a text may not compile. */
export async function casesWithFirst(
  request: ExecutionRequest,
  texts: readonly (() => Texts)[],
  how: Pick<RunOptions, 'shown' | 'withinMs'> = {},
): Promise<Cases> {
  let cases: Cases = null
  for (const make of texts) {
    cases = await casesWith(request, make(), how)
    if (cases !== null && !areLost(cases)) return cases
  }
  return cases
}

/** Whether no test came to its point. */
function areLost(cases: NonNullable<Cases>): boolean {
  const all = [...cases.values()]
  const isLost = (one: TestCase | null): boolean => one === null || one.failure?.kind === 'load'
  return all.every(isLost) && all.some((one) => one !== null)
}
