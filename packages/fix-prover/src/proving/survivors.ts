import { filesOf } from './catching.ts'
import type { ExecutionRequest } from './cases.ts'
import { type Mutant, mutantsOf } from './mutants.ts'
import type { ProveHunk } from './report.ts'

export interface MutantRequest extends Omit<ExecutionRequest, 'budget'> {
  readonly mutantsMs: number
}

const mostMutants = 24

/** How strong the catching tests are: which small changes of the changed lines they do not notice. */
export async function survivors(
  request: MutantRequest,
): Promise<ReadonlyMap<number, ProveHunk['mutants']>> {
  const { files, hunks, mutantsMs } = request
  const found = new Map<number, ProveHunk['mutants']>()
  if (mutantsMs <= 0) return found
  const end = AbortSignal.timeout(Math.ceil(mutantsMs))
  const waiting = mutantsOf(files, hunks, mostMutants).slice(0, mostMutants)
  await Promise.all(
    waiting.map(async (mutant) => {
      const outcome = await tried(request, mutant, end)
      if (outcome === null) return
      const { tried: count, survived } = found.get(mutant.hunk) ?? { tried: 0, survived: [] }
      const all = outcome === 'survived' ? [...survived, mutant.what] : survived
      found.set(mutant.hunk, { tried: count + 1, survived: all })
    }),
  )
  return found
}

/** Null: the time was over, or the mutant is not a program. */
async function tried(
  { session, catching, after, only }: MutantRequest,
  { file, text }: Mutant,
  end: AbortSignal,
): Promise<'survived' | 'caught' | null> {
  const isOver = (): boolean => end.aborted
  if (isOver()) return null
  const options = { signal: end, only, ...filesOf(catching) }
  const run = await session.after(new Map([[file, text]]), options)
  if (isOver()) return null
  if (run.kind === 'timed-out') return 'caught'
  if (run.kind !== 'reported' || run.cases.length === 0) return null
  const passed = new Set(
    after.cases.filter(({ outcome }) => outcome === 'passed').map(({ id }) => id),
  )
  const isCaught = run.cases.some(({ id, outcome }) => outcome === 'failed' && passed.has(id))
  return isCaught || run.unloaded.size > 0 ? 'caught' : 'survived'
}
