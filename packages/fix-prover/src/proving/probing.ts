import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestHistory } from '../execution/histories.ts'
import type { Texts } from '../execution/session.ts'
import type { TestReading } from '../reading/tests.ts'
import { type Frame, framesOfStack, type TestCase } from '../runners/case.ts'
import { casesWith, casesWithFirst, type ExecutionRequest } from './cases.ts'
import { executedWord, formOf, probeWord } from './forms.ts'
import { type Hunk, isHit } from './hunks.ts'
import { folderOf, namesOf, type Probing, stoppedAt, stoppedAtUses } from './probes.ts'

type Probe = (how: Probing) => Texts

/**
 * The tests that execute a hunk: by coverage while they run, or because a probe at its lines, or at the lines
 * that use it, was reached.
 */
export async function testsExecuting(
  request: ExecutionRequest,
  hunk: Hunk,
): Promise<ReadonlySet<string>> {
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
  const kinds = [() => probe({ mark }), () => probe({ mark, kind: 'raises' })]
  const cases = await casesWithFirst(request, kinds, { withinMs: soonOver(request) })
  for (const [id, test] of cases ?? []) if (reached(test)) shown.add(id)
  await addCallers(request, shown, mark)
  const isMarked = existsSync(mark)
  // A test that expects an error passes with it: whether it executes the code, it says alone.
  const isNoted = request.files.some(({ path }) => formOf(path)?.notes !== undefined)
  const openIn = (): readonly TestHistory[] =>
    request.catching.filter(
      ({ id }) => !shown.has(id) && (cases === null || isNoted || isStopped(cases.get(id) ?? null)),
    )
  const isBehind = ({ id }: TestHistory): boolean => cases !== null && cases.get(id) === null
  if (isMarked && openIn().some(isBehind)) {
    const own = markIn(request)
    await casesWith(request, probe({ mark: own, kind: 'passes' }))
    await addCallers(request, shown, own)
  }
  const open = isMarked ? openIn() : openIn().filter(isBehind)
  const isAlone = isMarked && !isNoted && cases !== null && request.after.cases.length === 1
  for (const one of open.slice(0, mostAlone))
    if (isAlone || (await isStoppedAlone(request, one, probe))) shown.add(one.id)
}

/** What waits for an answer of stopped code would wait for ever. */
function soonOver({ testsMs }: ExecutionRequest): number {
  return Math.ceil(testsMs * 2 + 8000)
}

/** Adds the tests whose lines called the code that left a mark. */
async function addCallers(
  { tests, catching }: ExecutionRequest,
  shown: Set<string>,
  mark: string,
): Promise<void> {
  const stacks = await stacksIn(mark)
  for (const one of catching)
    if (stacks.some((frames) => isCaller(tests, one, frames))) shown.add(one.id)
}

/** Tests that themselves, and not by way of the product, called what noted its callers in a mark. */
export async function directCallers(
  { tests, catching }: ExecutionRequest,
  mark: string,
): Promise<readonly string[]> {
  const stacks = await stacksIn(mark)
  const isDirect = (one: TestHistory, frames: readonly Frame[]): boolean =>
    isIn(one.file, frames.at(-2)) && isCaller(tests, one, frames)
  return catching
    .filter((one) => stacks.some((frames) => isDirect(one, frames)))
    .map(({ id }) => id)
}

async function stacksIn(mark: string): Promise<readonly (readonly Frame[])[]> {
  if (!existsSync(mark)) return []
  return (await readFile(mark, 'utf8')).split(/^Error$/m).map(framesOfStack)
}

function isIn(file: string | null, frame: Frame | undefined): boolean {
  return file !== null && frame?.file.endsWith(`/${file}`) === true
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
  const plain = name.replace(/\[.*$/s, '')
  const own = tests.filter((test) => test.file === file)
  const named = own.filter((test) => test.name === plain)
  const [only, second] = named.length > 0 ? named : own.filter((test) => test.name === '')
  if (only === undefined || second !== undefined) return false
  const [first, last] = only.lines
  return frames.some((frame) => isIn(file, frame) && first <= frame.line && frame.line <= last)
}

let marks = 0

export function markIn({ session }: ExecutionRequest): string {
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
  const options = { signal: request.budget, withinMs: soonOver(request), only, files: [file] }
  const run = await request.session.after(probe({ mark, kind: 'alone' }), options)
  // It waits for an answer of code that was stopped.
  if (run.kind === 'timed-out') return existsSync(mark)
  if (run.kind !== 'reported') return false
  const [first, second] = run.cases.filter(({ outcome }) => outcome !== 'skipped')
  if (first?.id !== id || second !== undefined) return false
  if (reached(first)) return true
  return existsSync(mark) && (isStopped(first) || (await readFile(mark, 'utf8')) === executedWord)
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
