import { existsSync } from 'node:fs'
import type { ChangedFile } from '../changes/change.ts'
import type { TestHistory } from '../execution/histories.ts'
import type { Texts } from '../execution/session.ts'
import { failsAlike, type TestCase } from '../runners/case.ts'
import { type Cases, casesWith, casesWithFirst, type ExecutionRequest } from './cases.ts'
import { withComments } from './commented.ts'
import { undeclared } from './declared.ts'
import { withGoneNames } from './stand-ins.ts'
import { nameWord, probeWord } from './forms.ts'
import type { Hunk } from './hunks.ts'
import { directCallers, markIn, testsExecuting } from './probing.ts'
import { shownOnDisk } from './shown.ts'
import { caseOf } from './runs.ts'

/** Which tests execute what changed, and which look at how it is written. */
export interface Execution {
  /** Test → hunks that it was shown to execute. */
  readonly hunksOf: ReadonlyMap<string, ReadonlySet<number>>
  /** Tests that pass or fail by the text of the source. */
  readonly readers: ReadonlySet<string>
  /** Tests that fail as before where changed functions do the same, and are declared otherwise. */
  readonly ofDeclarations: ReadonlySet<string>
}

/**
 * Shows, for each test that fails without the change, that it executes changed lines: by coverage while
 * it runs, or because an error put at the changed lines reaches it. What a module does while it is
 * loaded is no evidence: a test that only asks for a name loads it, too. A test that takes a comment
 * with the same words for the change, or for a fault, reads the text and proves nothing.
 */
export async function executionOf(request: ExecutionRequest): Promise<Execution> {
  const { hunks, catching } = request
  const [{ commented, undeclared }, { readers: ofText, named }, found] = await Promise.all([
    lookedAt(request),
    lookedFor(request),
    Promise.all(hunks.map(async (hunk) => [hunk.id, await testsExecuting(request, hunk)] as const)),
  ])
  const isReader = ({ id }: TestHistory): boolean =>
    ofText.has(id) || isBroken(commented?.get(id) ?? null)
  const readers = new Set(catching.filter(isReader).map(({ id }) => id))
  const hunksOf = new Map(
    catching.map(({ id }) => [
      id,
      new Set(found.filter(([, tests]) => tests.has(id)).map(([hunk]) => hunk)),
    ]),
  )
  const isOfDeclaration = ({ id, before }: TestHistory): boolean =>
    named.has(id) || isAtSamePlace(before, undeclared?.get(id) ?? null)
  return {
    hunksOf,
    readers,
    ofDeclarations: new Set(catching.filter(isOfDeclaration).map(({ id }) => id)),
  }
}

/** It failed, and not because the text does not compile. */
function isBroken(test: TestCase | null): boolean {
  return test?.outcome === 'failed' && test.failure?.kind !== 'load'
}

/**
 * Tests that come further without the change where its words and names are there: by the words alone they
 * read the text, by something under the names they look at declarations.
 */
async function lookedFor(
  request: ExecutionRequest,
): Promise<{ readonly readers: ReadonlySet<string>; readonly named: ReadonlySet<string> }> {
  const { quoted, unnamed, idle, catching, after } = request
  if (quoted === null) return { readers: new Set(), named: new Set() }
  const cases = catching.map(({ id, before }) => ({ id, before, now: caseOf(quoted, after, id) }))
  const passing = cases.filter(({ now }) => now?.outcome === 'passed').map(({ id }) => id)
  const doing = idle === null ? null : await casesWith(request, idle)
  const named = catching.filter(({ id }) => doing?.get(id)?.outcome === 'passed')
  const plain = passing.length === 0 || unnamed === null ? null : await casesWith(request, unnamed)
  const isReader = (id: string): boolean => plain === null || plain.get(id)?.outcome === 'passed'
  const asking = cases.filter(({ before, now }) => isFurther(before, now) || asksForName(now))
  const further = asking.map(({ id }) => id)
  const calling = await directCallers(request, request.named)
  return {
    readers: new Set(unnamed === null ? passing : passing.filter(isReader)),
    named: new Set([...further, ...passing, ...calling, ...named.map(({ id }) => id)]),
  }
}

/** It met what is under a new name itself, and not by way of the product: it would do without the name. */
function asksForName(now: TestCase | null): boolean {
  const { kind, message = '' } = now?.failure ?? {}
  return message.includes(nameWord) || (kind === 'error' && message.includes(probeWord))
}

/** Whether a test fails at a line behind the one at which it failed before. */
function isFurther(before: TestCase | null, now: TestCase | null): boolean {
  const [old, line] = [before?.failure?.line ?? null, now?.failure?.line ?? null]
  return old !== null && line !== null && line > old
}

/** Comments at what changed, and other declarations: at once, and apart where a test fails there. */
async function lookedAt(
  request: ExecutionRequest,
): Promise<{ readonly commented: Cases; readonly undeclared: Cases }> {
  const { commented: seen, files, hunks, catching } = request
  if (seen !== undefined) return { commented: seen, undeclared: null }
  const mark = markIn(request)
  const shown = shownOnDisk(files, hunks, mark)
  const plain = (): Texts => withComments(files, hunks, { isPlain: true })
  const how = shown.size === 0 ? {} : { shown }
  const all = await casesWithFirst(
    request,
    [() => disguised(files, hunks), plain, () => new Map()],
    how,
  )
  const both = existsSync(mark) ? await casesWith(request, disguised(files, hunks)) : all
  const isClear = catching.every(({ id }) => both?.get(id)?.outcome === 'passed')
  if (isClear) return { commented: both, undeclared: null }
  const commented = await casesWithFirst(request, [() => withComments(files, hunks), plain])
  return { commented, undeclared: both }
}

/** The files with the change: the same to a program, read and declared otherwise, and with the names that are gone. */
export function disguised(files: readonly ChangedFile[], hunks: readonly Hunk[]): Texts {
  const texts = undeclared(files, hunks)
  return withComments(
    files.map((file) => {
      const text = texts.get(file.path) ?? file.after
      return { ...file, after: text === null ? null : withGoneNames(file, text) }
    }),
    hunks,
  )
}

/** At the same line, or with the same words: a text without its line may differ. */
export function isAtSamePlace(before: TestCase | null, now: TestCase | null): boolean {
  // What is called under a name that is gone is called by the product.
  if (now?.outcome !== 'failed' || now.failure?.message.includes(probeWord)) return false
  const line = before?.failure?.line ?? null
  return line === null
    ? failsAlike(before?.failure ?? null, now.failure)
    : line === now.failure?.line
}
