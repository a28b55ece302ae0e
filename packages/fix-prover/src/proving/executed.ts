import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChangedFile } from '../changes/change.ts'
import { historiesOf, type TestHistory } from '../execution/histories.ts'
import type { RunOptions, Session, Texts } from '../execution/session.ts'
import type { TestReading } from '../reading/tests.ts'
import { failsAlike, type Frame, framesOfStack, type TestCase } from '../runners/case.ts'
import { filesOf } from './catching.ts'
import type { Selection } from './changed-tests.ts'
import { undeclared } from './declared.ts'
import { caseOf, type Reported, withHang } from './runs.ts'
import { type Hunk, isHit } from './hunks.ts'
import { withComments } from './commented.ts'
import { probeWord } from './forms.ts'
import { folderOf, namesOf, type Probing, stoppedAt, stoppedAtUses } from './probes.ts'

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
  /** The same without what stands for new names; null where there is nothing of the kind. */
  readonly unnamed: Texts | null
  /** With comments at what changed, where that was run already. */
  readonly commented?: Cases
  /** Product files of the tree with the change that have one of these words. */
  readonly using: (words: readonly string[]) => Promise<readonly ChangedFile[]>
}

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
    ofText.has(id) || commented?.get(id)?.outcome === 'failed'
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

/**
 * Tests that come further without the change where its words and names are there: by the words alone they
 * read the text, by something under the names they look at declarations.
 */
async function lookedFor(
  request: ExecutionRequest,
): Promise<{ readonly readers: ReadonlySet<string>; readonly named: ReadonlySet<string> }> {
  const { quoted, unnamed, catching, after } = request
  if (quoted === null) return { readers: new Set(), named: new Set() }
  const cases = catching.map(({ id, before }) => ({ id, before, now: caseOf(quoted, after, id) }))
  const passing = cases.filter(({ now }) => now?.outcome === 'passed').map(({ id }) => id)
  const plain = passing.length === 0 || unnamed === null ? null : await casesWith(request, unnamed)
  const isReader = (id: string): boolean => plain === null || plain.get(id)?.outcome === 'passed'
  const further = cases.filter(({ before, now }) => isFurther(before, now)).map(({ id }) => id)
  return {
    readers: new Set(unnamed === null ? passing : passing.filter(isReader)),
    named: new Set([...further, ...passing]),
  }
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
  const both = await casesWith(request, disguised(files, hunks))
  const isClear = catching.every(({ id }) => both?.get(id)?.outcome === 'passed')
  if (isClear) return { commented: both, undeclared: null }
  return { commented: await casesWith(request, withComments(files, hunks)), undeclared: both }
}

/** The files with the change: the same to a program, read and declared otherwise. */
export function disguised(files: readonly ChangedFile[], hunks: readonly Hunk[]): Texts {
  const texts = undeclared(files, hunks)
  return withComments(
    files.map((file) => ({ ...file, after: texts.get(file.path) ?? file.after })),
    hunks,
  )
}

/** At the same line, or with the same words: a text without its line may differ. */
export function isAtSamePlace(before: TestCase | null, now: TestCase | null): boolean {
  if (now?.outcome !== 'failed') return false
  const line = before?.failure?.line ?? null
  return line === null
    ? failsAlike(before?.failure ?? null, now.failure)
    : line === now.failure?.line
}

export type Cases = ReadonlyMap<string, TestCase | null> | null

/** The catching tests on the tree with the change and some other texts; null where nothing ran. */
export async function casesWith(
  request: ExecutionRequest,
  texts: Texts,
  how: Pick<RunOptions, 'silent'> = {},
): Promise<Cases> {
  const { session, catching, after, budget, only } = request
  if (texts.size === 0 || budget.aborted) return null
  const options = { ...how, signal: budget, only, ...filesOf(catching) }
  const run = withHang(await session.after(texts, options), after)
  if (run.kind !== 'reported') return null
  const now = historiesOf(run, after)
  return new Map(
    catching.map(({ id }) => [id, now.find((one) => one.id === id)?.before ?? null] as const),
  )
}

type Probe = (how: Probing) => Texts

async function testsExecuting(request: ExecutionRequest, hunk: Hunk): Promise<ReadonlySet<string>> {
  const { catching, files } = request
  const shown = new Set(catching.filter(({ after }) => covers(after, hunk)).map(({ id }) => id))
  if (shown.size === catching.length) return shown
  await tryProbe(request, shown, (how) => stoppedAt(files, hunk, how))
  if (shown.size === catching.length) return shown
  const users = await request.using([...namesOf(files, hunk), ...folderOf(hunk.file)])
  const all = [...files, ...users.filter(({ path }) => !files.some((one) => one.path === path))]
  await tryProbe(request, shown, (how) => stoppedAtUses(all, hunk, how))
  return shown
}

/** More tests than these are not run one by one. */
const mostAlone = 2

/**
 * Adds the tests that a probe reaches: by its error, or, where the code handles every error, or does its
 * work in another process, because a test that runs alone fails while the probe leaves its mark. Where the
 * program ends at the error of one test, those behind it run to their end, or alone.
 */
async function tryProbe(
  request: ExecutionRequest,
  shown: Set<string>,
  probe: Probe,
): Promise<void> {
  const mark = markIn(request)
  const cases = await casesWith({ ...request, budget: soonOver(request) }, probe({ mark }))
  for (const [id, test] of cases ?? []) if (reached(test)) shown.add(id)
  await addCallers(request, shown, mark)
  const isMarked = existsSync(mark)
  const openIn = (): readonly TestHistory[] =>
    request.catching.filter(
      ({ id }) => !shown.has(id) && (cases === null || isStopped(cases.get(id) ?? null)),
    )
  const isBehind = ({ id }: TestHistory): boolean => cases !== null && cases.get(id) === null
  if (isMarked && openIn().some(isBehind)) {
    const own = markIn(request)
    await casesWith(request, probe({ mark: own, goesOn: true }))
    await addCallers(request, shown, own)
  }
  const open = isMarked ? openIn() : openIn().filter(isBehind)
  const isAlone = isMarked && cases !== null && request.after.cases.length === 1
  for (const one of open.slice(0, mostAlone))
    if (isAlone || (await isStoppedAlone(request, one, probe))) shown.add(one.id)
}

/** What waits for an answer of stopped code would wait for ever. */
function soonOver({ budget, testsMs }: ExecutionRequest): AbortSignal {
  return AbortSignal.any([budget, AbortSignal.timeout(Math.ceil(testsMs * 2 + 8000))])
}

/** Adds the tests whose lines called the code that left a mark. */
async function addCallers(
  { tests, catching }: ExecutionRequest,
  shown: Set<string>,
  mark: string,
): Promise<void> {
  if (!existsSync(mark)) return
  const frames = framesOfStack(await readFile(mark, 'utf8'))
  for (const one of catching) if (isCaller(tests, one, frames)) shown.add(one.id)
}

/**
 * Whether a frame is in the lines of a test: it called, whoever handled the error, and also where it
 * expects one. Tests of a loop have the same lines and computed titles.
 */
function isCaller(
  tests: readonly TestReading[],
  { file, name }: TestHistory,
  frames: readonly Frame[],
): boolean {
  const own = tests.filter((test) => test.file === file)
  const named = own.filter((test) => test.name === name)
  const [only, second] = named.length > 0 ? named : own.filter((test) => test.name === '')
  if (file === null || only === undefined || second !== undefined) return false
  const [first, last] = only.lines
  return frames.some(
    (frame) => frame.file.endsWith(`/${file}`) && first <= frame.line && frame.line <= last,
  )
}

let marks = 0

function markIn({ session }: ExecutionRequest): string {
  return join(session.scratch, `mark-${marks++}`)
}

/** It did not pass, and was loaded; one that is not reported waits behind another one. */
function isStopped(test: TestCase | null): boolean {
  return test === null || (test.outcome === 'failed' && test.failure?.kind !== 'load')
}

async function isStoppedAlone(
  request: ExecutionRequest,
  { id, name, file }: TestHistory,
  probe: Probe,
): Promise<boolean> {
  if (file === null || request.budget.aborted) return false
  const mark = markIn(request)
  const only = new Map([[file, [name.replace(/\[.*$/s, '')]]])
  const options = { signal: soonOver(request), only, files: [file] }
  const run = await request.session.after(probe({ mark }), options)
  // It waits for an answer of code that was stopped.
  if (run.kind === 'timed-out') return existsSync(mark)
  if (run.kind !== 'reported') return false
  const [first, second] = run.cases.filter(({ outcome }) => outcome !== 'skipped')
  if (first?.id !== id || second !== undefined) return false
  return reached(first) || (existsSync(mark) && isStopped(first))
}

/** Whether a test itself, apart from loading, executed a line of a hunk. */
function covers(test: TestCase | null, hunk: Hunk): boolean {
  return hunk.after.count > 0 && isHit(test?.hits ?? [], hunk)
}

/** The error of a probe came to the test; one that stopped the module from loading tells nothing. */
function reached(test: TestCase | null): boolean {
  const failure = test?.failure ?? null
  return failure !== null && failure.kind !== 'load' && failure.message.includes(probeWord)
}
