import { historiesOf } from '../execution/histories.ts'
import type { Texts } from '../execution/session.ts'
import { filesOf } from './catching.ts'
import type { ExecutionRequest } from './cases.ts'
import type { Execution } from './executed.ts'
import { type Hunk, isHit, withoutHunks } from './hunks.ts'
import { areInert } from './inert.ts'
import { renamedBy } from './renames.ts'
import { isRedAlike } from './outcome.ts'
import type { ProveHunk } from './report.ts'
import { withHang } from './runs.ts'
import { tanglesOf } from './tangles.ts'

type State = Pick<ProveHunk, 'state' | 'tests'>
export type HunkStates = ReadonlyMap<number, State>

export interface HunkRequest extends ExecutionRequest {
  readonly inert: ReadonlySet<number>
  readonly execution: Execution
  /** Of a part of the change: what became of the tests without all of it. */
  readonly together?: Seen
}

/** More than these are taken back file by file first. */
const fewHunks = 16
/** More than these stay open. */
const mostHunks = 64

/**
 * What the tests say of each hunk: each is taken back alone; those that cannot be taken back alone,
 * because others need them, are taken back together.
 */
export async function hunkStates(request: HunkRequest): Promise<HunkStates> {
  const { hunks, inert, catching } = request
  const active = hunks.filter(({ id }) => !inert.has(id))
  const states = new Map<number, State>()
  for (const { id } of hunks)
    if (inert.has(id)) states.set(id, { state: 'no behaviour', tests: [] })
  const all = catching.map(({ id }) => id)
  const { together = { kind: 'red', tests: all } } = request
  const [only, second] = active
  if (only !== undefined && second === undefined)
    return states.set(only.id, stateOf(request, only, together))
  const tried = await takenBackApart(request, active)
  const tangled = tried.filter(([, seen]) => seen.kind === 'otherwise').flatMap(([group]) => group)
  for (const [group, seen] of tried)
    for (const hunk of group) states.set(hunk.id, stateOf(request, hunk, seen))
  await judgeTangled(request, tangled, tangled.length === active.length ? together : null, states)
  return states
}

/** Each group of hunks that need each other is taken back by itself; what still breaks, all at once. */
async function judgeTangled(
  request: HunkRequest,
  tangled: readonly Hunk[],
  known: Seen | null,
  states: Map<number, State>,
): Promise<void> {
  const groups = tanglesOf(request.files, tangled).filter(({ length }) => length > 1)
  const parts = groups.some(({ length }) => length === tangled.length) ? [] : groups
  const tried = await Promise.all(
    parts.map(async (group) => [group, await takenBack(request, group)] as const),
  )
  const done = tried.filter(([, { kind }]) => kind !== 'otherwise')
  for (const [group, seen] of done) judgeTogether(request, group, seen, states)
  const rest = tangled.filter((hunk) => !done.some(([group]) => group.includes(hunk)))
  if (rest.length < 2) return
  const isAll = known !== null && rest.length === tangled.length
  judgeTogether(request, rest, isAll ? known : await takenBack(request, rest), states)
}

/** What becomes of the catching tests without some hunks, all of them together. */
export async function seenWithout(request: ExecutionRequest): Promise<Seen> {
  return takenBack(request, request.hunks)
}

/** States of hunks without which the tests pass. */
export function unprovenStates(request: ExecutionRequest): HunkStates {
  return new Map(
    request.hunks.map((hunk) => [hunk.id, { state: executionOf(request, hunk), tests: [] }]),
  )
}

/** Each hunk alone; of many those of one file first, without which the tests may pass. */
async function takenBackApart(
  request: HunkRequest,
  active: readonly Hunk[],
): Promise<readonly (readonly [readonly Hunk[], Seen])[]> {
  const all = (groups: readonly (readonly Hunk[])[]): ReturnType<typeof takenBackApart> =>
    Promise.all(groups.map(async (group) => [group, await takenBack(request, group)] as const))
  const alone = (hunks: readonly Hunk[]): ReturnType<typeof takenBackApart> =>
    all(hunks.slice(0, mostHunks).map((hunk) => [hunk]))
  if (active.length <= fewHunks) return alone(active)
  const files = await all([...Map.groupBy(active, ({ file }) => file).values()].slice(0, fewHunks))
  const green = files.filter(([, { kind }]) => kind === 'green')
  const rest = active.filter((hunk) => !green.some(([group]) => group.includes(hunk)))
  return [...green, ...(await alone(rest))]
}

/** What became of the catching tests without some hunks. */
export type Seen =
  | { readonly kind: 'red'; readonly tests: readonly string[] }
  | { readonly kind: 'green' }
  | { readonly kind: 'otherwise'; readonly tests: readonly string[] }
  | { readonly kind: 'not tried' }

/** Where the old lines do not fit what stays, because that has other names, in these names. */
async function takenBack(request: ExecutionRequest, hunks: readonly Hunk[]): Promise<Seen> {
  const { files, all } = request
  const texts = withoutHunks(files, hunks)
  const seen = await seenWith(request, texts)
  if (seen.kind !== 'otherwise') return seen
  const translated = renamedBy(
    files,
    all.filter(({ id }) => !hunks.some((hunk) => hunk.id === id)),
  )
  if (translated === null) return seen
  const own = withoutHunks(files, hunks, translated)
  const isOther = [...own].some(([path, text]) => text !== texts.get(path))
  // Of hunks that only rename nothing is taken back.
  const isChange = files.some(({ path, after }) => own.has(path) && own.get(path) !== after)
  if (!isOther || !isChange) return seen
  const again = await seenWith(request, own)
  return again.kind === 'not tried' ? seen : again
}

async function seenWith(request: ExecutionRequest, texts: Texts): Promise<Seen> {
  const { session, catching, after, budget, only } = request
  const isOver = (): boolean => budget.aborted
  if (isOver()) return { kind: 'not tried' }
  const options = { signal: budget, only, ...filesOf(catching) }
  const run = withHang(await session.after(texts, options), after)
  if (isOver()) return { kind: 'not tried' }
  const ids = catching.map(({ id }) => id)
  // A tree that does not even build needs these hunks.
  if (run.kind !== 'reported') return { kind: 'otherwise', tests: ids }
  const now = historiesOf(run, after)
  const cases = catching.map(({ id, before }) => {
    const test = now.find((one) => one.id === id)?.before ?? null
    return { id, before, test }
  })
  const red = cases.filter(({ before, test }) => isRedAlike(before, test)).map(({ id }) => id)
  if (red.length > 0) return { kind: 'red', tests: red }
  if (cases.every(({ test }) => test?.outcome === 'passed')) return { kind: 'green' }
  const failing = cases.filter(({ test }) => test?.outcome !== 'passed')
  return { kind: 'otherwise', tests: failing.map(({ id }) => id) }
}

function stateOf(request: HunkRequest, hunk: Hunk, seen: Seen): State {
  if (seen.kind === 'red') return provenBy(request, hunk, seen.tests)
  if (seen.kind === 'otherwise') return { state: 'needed', tests: [...seen.tests] }
  if (seen.kind === 'not tried') return { state: 'not tried', tests: [] }
  return { state: executionOf(request, hunk), tests: [] }
}

/** Only by tests that were shown to execute it. */
function provenBy({ execution }: HunkRequest, hunk: Hunk, red: readonly string[]): State {
  const tests = red.filter((id) => execution.hunksOf.get(id)?.has(hunk.id))
  return { state: tests.length === 0 ? 'execution unknown' : 'proven', tests }
}

/** A hunk without which the tests pass: was it executed at all? */
function executionOf({ after }: ExecutionRequest, hunk: Hunk): State['state'] {
  if (after.hits === null) return 'unproven'
  const all = [...after.hits, ...after.cases.flatMap(({ hits }) => hits ?? [])]
  return isHit(all, hunk) ? 'executed' : 'not executed'
}

/** Hunks that need each other: with all of them gone the tests may fail as before, or pass. */
function judgeTogether(
  request: HunkRequest,
  tangled: readonly Hunk[],
  seen: Seen,
  states: Map<number, State>,
): void {
  if (seen.kind === 'red')
    for (const hunk of tangled) {
      const state = provenBy(request, hunk, seen.tests)
      // An import or a head that only others need stays needed.
      if (state.state === 'proven') states.set(hunk.id, state)
    }
  if (seen.kind !== 'green') return
  const isInert = areInert(request.files, tangled)
  for (const hunk of tangled) {
    const state = isInert ? 'no behaviour' : executionOf(request, hunk)
    states.set(hunk.id, { state, tests: [] })
  }
}
