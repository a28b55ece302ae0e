import { historiesOf, type TestHistory } from '../execution/histories.ts'
import type { RunOptions, Session, Texts } from '../execution/session.ts'
import { failsAlike, type TestCase } from '../runners/case.ts'
import type { TestRun } from '../runners/runner.ts'
import type { Selection } from './changed-tests.ts'
import { filesOf } from './catching.ts'
import { type Hunk, linesOf } from './hunks.ts'

export type Reported = Extract<TestRun, { kind: 'reported' }>

/** What every run of a change's tests needs. */
export interface Runs {
  readonly hunks: readonly Hunk[]
  readonly budget: AbortSignal
  readonly only: Selection
}

/** The tree before and the tree after side by side; the tree before gets a time of which it needs a part. */
export async function firstRuns(
  { hunks, budget, only }: Runs,
  session: Session,
): Promise<{ readonly after: TestRun; readonly before: TestRun; readonly testsMs: number }> {
  const late = new AbortController()
  const watch = new Map<string, (readonly [number, number])[]>()
  for (const hunk of hunks) watch.set(hunk.file, [...(watch.get(hunk.file) ?? []), linesOf(hunk)])
  const begun = performance.now()
  let testsMs = 0
  let timer: NodeJS.Timeout | undefined
  const after = session.after(new Map(), { watch, signal: budget, only }).finally(() => {
    testsMs = performance.now() - begun
    session.limit(testsMs * 10 + 10_000)
    timer = setTimeout(
      () => {
        late.abort()
      },
      testsMs * 5 + 15_000,
    )
  })
  const before = session.before({ signal: AbortSignal.any([budget, late.signal]), only })
  const [now, old] = await Promise.all([after, before])
  clearTimeout(timer)
  return { after: now, before: withHang(old, now), testsMs }
}

/** A run of one test that does not end, and reports nothing, is that test not ending. */
export function withHang(run: TestRun, after: TestRun): TestRun {
  const [only, second] = after.kind === 'reported' ? after.cases : []
  if (run.kind !== 'timed-out' || only?.outcome !== 'passed' || second !== undefined) return run
  const failure = { kind: 'timeout', message: 'the test did not end', line: null } as const
  const hanging = { ...only, outcome: 'failed', failure, hits: null } as const
  return { kind: 'reported', cases: [hanging], unloaded: new Map(), hits: null }
}

/** The second look at each tree, and at the tree without the change that still has its words. */
export interface SecondRuns {
  readonly histories: readonly TestHistory[]
  /** Without the change, its lines being comments; null where nothing was reported. */
  readonly quoted: Reported | null
}

interface FirstRuns {
  readonly before: Reported
  readonly after: Reported
  /** What to say in the tree without the change; the next one where the tests do not load with it. */
  readonly said: readonly (() => Texts)[]
}

async function quotedRun(
  session: Session,
  { after, said }: FirstRuns,
  red: readonly TestHistory[],
  options: RunOptions,
): Promise<Reported | null> {
  for (const texts of said) {
    const run = withHang(await session.after(texts(), options), after)
    const isLost = ({ id, before }: TestHistory): boolean =>
      run.kind !== 'reported' ||
      (before?.failure?.kind !== 'load' && caseOf(run, after, id)?.failure?.kind === 'load')
    if (run.kind === 'reported' && !red.some(isLost)) return run
  }
  return null
}

/**
 * Once more: in another order with the change, and without it, with its lines as comments, which is the
 * same to a program. Where a test ends otherwise, the tree itself runs again.
 */
export async function secondRuns(
  { budget, only }: Runs,
  session: Session,
  first: FirstRuns,
  histories: readonly TestHistory[],
): Promise<SecondRuns | null> {
  const red = histories.filter(
    ({ before, after }) => before?.outcome === 'failed' && after?.outcome === 'passed',
  )
  if (red.length === 0) return null
  const files = filesOf(histories)
  const options = { signal: budget, only, ...files }
  const [after, quoted] = await Promise.all([
    session.after(new Map(), { ...options, seed: 1 }),
    quotedRun(session, first, red, options),
  ])
  if (after.kind !== 'reported')
    return { histories: historiesOf(first.before, { ...first.after, cases: [] }), quoted }
  const isSame = ({ id, before }: TestHistory): boolean =>
    quoted !== null &&
    failsAlike(before?.failure ?? null, caseOf(quoted, first.after, id)?.failure ?? null)
  const again = red.every(isSame) ? quoted : withHang(await session.before(options), after)
  const old = again?.kind === 'reported' ? again : first.before
  const second = historiesOf(old, after)
  const isOrder = red.some(
    ({ id }) => second.find((one) => one.id === id)?.after?.outcome !== 'passed',
  )
  if (!isOrder) return { histories: second, quoted }
  const third = await session.after(new Map(), options)
  return { histories: third.kind === 'reported' ? historiesOf(old, third) : second, quoted }
}

export function caseOf(run: Reported, after: Reported, id: string): TestCase | null {
  return historiesOf(run, after).find((one) => one.id === id)?.before ?? null
}
