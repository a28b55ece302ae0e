import { failsAlike, tellsBehaviour, type TestCase } from '../runners/case.ts'
import type { TestHistory } from '../execution/histories.ts'
import type { Execution } from './executed.ts'
import type { ProveHunk, ProveTest, ProveVerdict } from './report.ts'

/** One test over all runs without and with the change. */
export interface Observed {
  readonly history: TestHistory
  /** The same test in the second run of each tree; null where there was none. */
  readonly again: TestHistory | null
  /** Without the product change alone. */
  readonly without: TestCase | null
}

/** What a test says about the change. Total and pure. */
export function resultOf({ history, again, without }: Observed): ProveTest['result'] {
  const { before, after } = history
  if (after === null) return resultWithout(before)
  if (after.outcome === 'skipped') return 'skipped'
  if (again !== null && !isSteady(history, again)) return 'unsteady'
  if (after.outcome === 'failed') return 'fails with the change'
  if (before === null) return 'did not load without the change'
  if (before.outcome === 'skipped') return 'skipped'
  const { failure } = before
  if (failure === null) return 'passes either way'
  if (failure.kind === 'load') return 'did not load without the change'
  if (!tellsBehaviour(failure)) return 'fails for another reason without the change'
  return isRedAlike(before, without) ? 'catches' : 'fails for another reason without the change'
}

/** An error behind the tests is reported of their file, or of what clears up, and only where there is one. */
function resultWithout(before: TestCase | null): ProveTest['result'] {
  return before?.outcome === 'failed' ? 'fails for another reason without the change' : 'skipped'
}

/** Whether a second run of both trees ended as the first one did. */
function isSteady(first: TestHistory, second: TestHistory): boolean {
  return sameEnd(first.after, second.after) && sameEnd(first.before, second.before)
}

function sameEnd(first: TestCase | null, second: TestCase | null): boolean {
  if (first === null) return second?.outcome !== 'failed'
  if (first.outcome !== second?.outcome) return false
  const [one, other] = [first.failure, second.failure]
  if (one === null || other === null) return one === other
  return failsAlike(one, other) || one.kind === other.kind
}

/** A test that catches must execute what it catches, and not read how it is written. Total and pure. */
export function resultWith(
  { hunksOf, readers, ofDeclarations }: Execution,
  { id, result }: Pick<ProveTest, 'id' | 'result'>,
): ProveTest['result'] {
  if (result !== 'catches') return result
  if (readers.has(id)) return 'reads the source text'
  if (ofDeclarations.has(id)) return 'not shown to execute the change'
  return (hunksOf.get(id)?.size ?? 0) > 0 ? 'catches' : 'not shown to execute the change'
}

/** Red again when the change, or a part of it, is taken back: by the failure of before. */
export function isRedAlike(before: TestCase | null, now: TestCase | null): boolean {
  return failsAlike(before?.failure ?? null, now?.failure ?? null)
}

/** The verdict on a change whose tests were run. Total and pure. */
export function verdictOf(
  tests: readonly ProveTest[],
  hunks: readonly ProveHunk[],
): { readonly verdict: ProveVerdict; readonly reasons: readonly string[] } {
  const having = (...results: ProveTest['result'][]): readonly ProveTest[] =>
    tests.filter(({ result }) => results.includes(result))
  const catching = having('catches')
  const failing = having('fails with the change')
  if (failing.length > 0)
    return {
      verdict: 'cannot tell',
      reasons: failing.map(
        ({ id, with: why }) => `${id} fails with the change: ${why?.message ?? ''}`,
      ),
    }
  if (catching.length > 0) return ofHunks(catching, hunks)
  const unclear = having(
    'unsteady',
    'did not load without the change',
    'fails for another reason without the change',
    'not shown to execute the change',
  )
  if (unclear.length > 0) return { verdict: 'cannot tell', reasons: unclear.map(unclearText) }
  const passing = having('passes either way', 'reads the source text')
  if (passing.length > 0)
    return { verdict: 'not proven', reasons: passing.slice(0, 20).map(passingText) }
  const reason = 'every changed test is skipped, or was not reported: that proves nothing'
  return { verdict: 'not proven', reasons: [reason] }
}

function passingText({ id, result }: ProveTest): string {
  return result === 'passes either way'
    ? `${id} passes without the change, too`
    : `${id} reads how the source is written, not what it does: call the code and assert what comes back`
}

function unclearText({ id, result, without }: ProveTest): string {
  if (result === 'unsteady') return `${id} does not behave the same twice`
  if (result === 'not shown to execute the change')
    return `${id} fails without the change, but was not shown to execute a changed line: call the changed code in it`
  const why = without === null ? '' : ` (${without.kind}): ${without.message}`
  return `${id} ${result}${why}`
}

function ofHunks(
  catching: readonly ProveTest[],
  hunks: readonly ProveHunk[],
): { readonly verdict: ProveVerdict; readonly reasons: readonly string[] } {
  const proofs = catching.map(
    ({ id, without }) => `${id} fails without the change: ${without?.message ?? ''}`,
  )
  const open = hunks.filter(({ state }) => !['proven', 'needed', 'no behaviour'].includes(state))
  if (open.length === 0) return { verdict: 'proven', reasons: proofs }
  const left = open.map(
    ({ file, lines, state }) => `${file}:${lines[0]}-${lines[1]} is ${stateText[state] ?? state}`,
  )
  const isAny = hunks.some(({ state }) => state === 'proven')
  return { verdict: isAny ? 'partly' : 'cannot tell', reasons: [...left, ...proofs] }
}

const stateText: Partial<Readonly<Record<ProveHunk['state'], string>>> = {
  executed: 'executed, but the tests pass without it',
  'not executed': 'not executed by any changed test',
  unproven: 'not proven: the tests pass without it',
  'execution unknown': 'not shown to be executed by a test that fails without it',
  'not tried': 'not tried: the budget ended before',
}
