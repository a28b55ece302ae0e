import { type TestHistory, historiesOf } from '../execution/histories.ts'
import type { Session, Texts } from '../execution/session.ts'
import { failsAlike, type TestCase } from '../runners/case.ts'
import type { TestRun, TestRunner } from '../runners/runner.ts'
import { filesOf } from './catching.ts'
import { type Cases, casesWith, type ExecutionRequest } from './cases.ts'
import { disguised, isAtSamePlace } from './executed.ts'
import { markIn } from './probing.ts'
import { shownOnDisk } from './shown.ts'

/** The narrower question of a criterion: some hunks of the change, and nobody else broken. */
export interface Narrow {
  readonly about: ReadonlySet<number>
  /** Product files without the output that the change adds; empty where it adds none. */
  readonly silenced: Texts
  /** Product files whose console arrives nowhere, where a criterion's hunks add nothing but output. */
  readonly hushed: Texts
  /** Test files, changed or not, that must stay green. */
  readonly neighbours: readonly string[]
}

/** What only the narrower question looks at. */
export interface Narrowed {
  /** Tests that fail as before where nothing that is printed or logged arrives anywhere. */
  readonly unheard: ReadonlySet<string>
  /** Tests that fail as before without the lines that look like output. */
  readonly withoutOutput: ReadonlySet<string>
  /** Tests that passed before and do not pass with the change, twice. */
  readonly broken: readonly string[]
}

/** What one run shows of all catching tests: with comments, silent, and without lines of output. */
export interface Glance {
  readonly cases: Cases
  /** Whether each of them passes there: then none reads the text or looks at output. */
  readonly isClear: boolean
}

/** Everything at once that a proving test must not notice. */
export async function glance(
  request: ExecutionRequest,
  { silenced }: Narrow,
  runner: TestRunner,
): Promise<Glance> {
  const files = request.files.map((file) => ({
    ...file,
    after: silenced.get(file.path) ?? file.after,
  }))
  const texts = new Map([...silenced, ...disguised(files, request.hunks)])
  const shown = shownOnDisk(request.files, request.hunks, markIn(request))
  const cases = await casesWith(request, texts, {
    silent: canSilence(runner),
    ...(shown.size === 0 ? {} : { shown }),
  })
  const isClear =
    cases !== null && request.catching.every(({ id }) => cases.get(id)?.outcome === 'passed')
  return { cases, isClear }
}

function canSilence({ suites }: TestRunner): boolean {
  return suites.some((suite) => suite.canSilence)
}

/** Whether proving tests look at output alone, and whether other tests are broken. */
export async function lookAround(
  request: ExecutionRequest,
  { silenced, hushed, neighbours }: Narrow,
  runner: TestRunner,
  { isClear }: Pick<Glance, 'isClear'>,
): Promise<Narrowed> {
  const { session, catching, budget, only } = request
  const options = { signal: budget, only, ...filesOf(catching) }
  const ran = new Set(runner.suites.flatMap(({ files }) => files))
  const others = neighbours.filter((file) => only.has(file) || !ran.has(file))
  const [silent, quiet, removed, broken] = await Promise.all([
    !isClear && canSilence(runner) ? session.after(new Map(), { ...options, silent: true }) : null,
    isClear || hushed.size === 0 ? null : session.after(hushed, options),
    isClear || silenced.size === 0 ? null : session.after(silenced, options),
    brokenIn(session, others, budget),
  ])
  return {
    unheard: new Set([
      ...failing(silent, catching, isAtSamePlace),
      ...failing(quiet, catching, hasSameWords),
    ]),
    withoutOutput: failing(removed, catching, isAtSamePlace),
    broken,
  }
}

type Alike = (before: TestCase | null, now: TestCase) => boolean

function failing(
  run: TestRun | null,
  catching: readonly TestHistory[],
  isAlike: Alike,
): ReadonlySet<string> {
  const cases = run?.kind === 'reported' ? run.cases : []
  const alike = catching.filter((one) => {
    const now = cases.find(({ id }) => id === one.id)
    return now?.outcome === 'failed' && isAlike(one.before, now)
  })
  return new Set(alike.map(({ id }) => id))
}

function hasSameWords(before: TestCase | null, now: TestCase): boolean {
  return failsAlike(before?.failure ?? null, now.failure)
}

async function brokenIn(
  session: Session,
  files: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const once = async (): Promise<readonly string[]> => {
    const options = { files, signal }
    const [before, after] = await Promise.all([
      session.before(options),
      session.after(new Map(), options),
    ])
    if (before.kind !== 'reported' || after.kind !== 'reported') return []
    return historiesOf(before, after)
      .filter((one) => one.before?.outcome === 'passed' && one.after?.outcome !== 'passed')
      .map(({ id }) => id)
  }
  if (files.length === 0) return []
  const first = await once()
  if (first.length === 0) return []
  const again = new Set(await once())
  return first.filter((id) => again.has(id))
}
