import { git } from '@canary-gate/programs'
import type { Change } from '../changes/change.ts'
import type { TestHistory } from '../execution/histories.ts'
import type { Failure, TestCase } from '../runners/case.ts'
import type { Suite } from '../runners/runner.ts'
import { type Hunk, linesOf } from './hunks.ts'
import { resultOf } from './outcome.ts'
import type { ProveHunk, ProveReport, ProveTest } from './report.ts'
import type { HunkStates } from './states.ts'

export function suiteReport({ runner, folder, files }: Suite): ProveReport['runners'][number] {
  return { runner, folder, files: [...files] }
}

/** The hunks as a report shows them. */
export function hunkReports(
  hunks: readonly Hunk[],
  inert: ReadonlySet<number>,
  states: HunkStates,
): ProveHunk[] {
  return hunks.map((hunk) => ({ ...plainHunk(hunk, inert), ...states.get(hunk.id) }))
}

function failureOf(failure: Failure | null): ProveTest['without'] {
  return failure === null ? null : { kind: failure.kind, message: failure.message }
}

export function testReport(
  history: TestHistory,
  again: TestHistory | null,
  without: TestCase | null,
): ProveTest {
  const { id, file, before, after } = history
  const hits = after?.hits ?? null
  return {
    id,
    file,
    line: before?.failure?.line ?? null,
    result: resultOf({ history, again, without }),
    caughtBy: [],
    without: failureOf(before?.failure ?? null),
    with: failureOf(after?.failure ?? null),
    executes: hits === null ? null : [...hits],
  }
}

export function plainHunk(hunk: Hunk, inert: ReadonlySet<number>): ProveHunk {
  const [first, last] = linesOf(hunk)
  const state = inert.has(hunk.id) ? 'no behaviour' : 'not tried'
  return {
    id: hunk.id,
    file: hunk.file,
    lines: [first, last],
    state,
    tests: [],
    mutants: { tried: 0, survived: [] },
  }
}

/** `Test-exempt: reason` in the message of a commit of the change. */
export async function waiverOf({ repo, base, fix }: Change): Promise<string | null> {
  const text = await git(repo, ['log', '--format=%B', fix, `^${base}`]).catch(() =>
    git(repo, ['show', '--no-patch', '--format=%B', fix]),
  )
  const reasons = [...text.matchAll(/^Test-exempt:[ \t]*(?<reason>\S.*)$/gim)]
  return reasons.length === 0
    ? null
    : reasons.map(({ groups }) => groups?.['reason'] ?? '').join('; ')
}
