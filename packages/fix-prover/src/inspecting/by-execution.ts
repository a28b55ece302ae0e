import { inconclusive, type Judgement, plain, rejected, review } from './reasons.ts'
import type { Change } from '../changes/change.ts'
import { neighboursOf } from '../execution/other-tests.ts'
import { brokenNeighbours } from '../execution/proof.ts'
import { openSession } from '../execution/session.ts'
import type { TestRunner } from '../runners/runner.ts'
import { proveChange } from '../proving/prove.ts'
import type { ProveHunk, ProveReport } from '../proving/report.ts'
import { type ForeignUnit, linesIn } from './foreign-units.ts'
import type { FixReport } from './report.ts'

/** What is judged by execution alone: a change in a language without a parser here. */
export interface ByExecution {
  readonly change: Change
  readonly units: readonly ForeignUnit[]
  readonly runner: ((testFiles: readonly string[], change: Change) => Promise<TestRunner>) | null
  readonly scratch?: string
}

type Judged = Pick<FixReport, 'verdict' | 'standing' | 'reasons' | 'execution'>

const budgetMs = 30 * 60_000

/** Proves the change hunk by hunk, and judges the hunks of the criterion. */
export async function judgeByExecution(request: ByExecution): Promise<Judged> {
  const { change, units, runner, scratch } = request
  if (runner === null) return { ...told(review(units.map(notExecuted))), execution: notRun }
  const report = await proveChange({
    ...{ repo: change.repo, head: change.fix, base: change.base, runner, budgetMs, mutantsMs: 0 },
    ...(scratch === undefined ? {} : { scratch }),
  })
  const ids = new Set(units.map(({ hunk }) => hunk.id))
  const judgement = judgeHunks(report, ids, doubtsAbout(change, units))
  const execution = executionOf(report, ids)
  const broken = judgement.standing === 'accepted' ? await brokenBy(request, runner) : []
  if (broken.length === 0) return { ...told(judgement), execution }
  const reasons = broken.map((id) =>
    plain('pass-to-fail', `${id} passed before and does not pass with the fix`),
  )
  return { ...told(review(reasons)), execution: { ...execution, broken: [...broken] } }
}

const notRun: FixReport['execution'] = { outcome: 'not-run', detail: null, tests: [], broken: [] }

function notExecuted({ hunk, name }: ForeignUnit): Judgement['reasons'][number] {
  const text = `${name} changes in a language that only running its tests can judge; run with --run-tests`
  return { ...plain('not-executed', text), file: hunk.file, unit: name }
}

function told({
  verdict,
  standing,
  reasons,
}: Judgement): Pick<FixReport, 'verdict' | 'standing' | 'reasons'> {
  return { verdict, standing, reasons: [...reasons] }
}

/** What the proof says of the hunks of the criterion. Total and pure. */
export function judgeHunks(
  { verdict, reasons, hunks }: Pick<ProveReport, 'verdict' | 'reasons' | 'hunks'>,
  ids: ReadonlySet<number>,
  doubts: readonly string[],
): Judgement {
  const texts = reasons.map((text) => plain('prove', text))
  switch (verdict) {
    case 'nothing to prove':
      return rejected('comment-or-doc-only', texts)
    case 'no test':
      return rejected('no-test', texts)
    case 'not proven':
      return rejected('test-does-not-discriminate', texts)
    case 'cannot tell':
      return inconclusive(texts)
    case 'proven':
    case 'partly':
      return judgeOwn(
        hunks.filter(({ id }) => ids.has(id)),
        doubts,
      )
  }
}

function judgeOwn(own: readonly ProveHunk[], doubts: readonly string[]): Judgement {
  const about = (code: string, some: readonly ProveHunk[], text: string): Judgement['reasons'] =>
    some.map(({ file, lines, state }) => ({
      ...plain(code, `${text}: ${state}`),
      file,
      lines: [lines[0], lines[1]],
    }))
  const having = (...states: ProveHunk['state'][]): readonly ProveHunk[] =>
    own.filter(({ state }) => states.includes(state))
  const proven = having('proven')
  if (proven.length > 0 && doubts.length > 0)
    return review(doubts.map((text) => plain('look-closer', text)))
  if (proven.length > 0)
    return {
      verdict: 'substantive',
      standing: 'accepted',
      reasons: about('fail-to-pass', proven, 'a test fails as before without this change alone'),
    }
  if (having('no behaviour').length === own.length)
    return rejected('comment-or-doc-only', about('layout', own, 'only comments or layout'))
  const open = having('not tried', 'execution unknown', 'needed')
  if (open.length > 0)
    return inconclusive(
      about('not-attributed', open, 'no test was shown to fail without it as before'),
    )
  return rejected(
    'no-discriminating-test',
    about('not-attributed', own, 'the tests pass without it'),
  )
}

/** Data of languages without a parser: what may be there for output or for tests leads to a closer look. */
const writes =
  /\b(?:log|slog|logger|logging|tracing|zap|fmt\.F?[Pp]rint\w*|System\.(?:out|err)|e?println!?|eprint!|print!|(?:debug|info|warn|error|trace)!?)\b[.(!]/
const catches =
  /Set(?:Output|Out|Err)|set(?:Out|Err)\b|[Ss]td(?:out|err)|[Cc]aptur|[Ll]og|[Aa]ppender|tracing/
const asksForTest =
  /testing\.Testing\(|cfg!\(test\)|\borg\.junit\b|["'](?:CI|TESTING|UNDER_TEST|GO_TEST\w*)["']/
/** `os.Getenv("PUSH_FIXED")`, `env::var("PUSH_FIXED")`, `System.getProperty("push.fixed")` */
const setting = /(?:[Gg]et_?[Ee]nv|[Ll]ookup_?[Ee]nv|env::var\w*|getProperty)\("(?<name>[^"]+)"/g

function doubtsAbout({ files }: Change, units: readonly ForeignUnit[]): readonly string[] {
  const added = units.flatMap(({ hunk }) =>
    linesIn(files.find(({ path }) => path === hunk.file)?.after ?? null, hunk.after),
  )
  const tests = files
    .filter(({ role }) => role === 'test')
    .map(({ after }) => after ?? '')
    .join('\n')
  const output = added.filter((line) => writes.test(line))
  const asking = added.filter((line) => asksForTest.test(line))
  const switched = added.flatMap((line) =>
    [...line.matchAll(setting)].map(({ groups }) => groups?.['name'] ?? ''),
  )
  return [
    ...(output.length > 0 && catches.test(tests)
      ? output.map((line) => `it writes output, and the tests look at output: ${line.trim()}`)
      : []),
    ...asking.map((line) => `it asks whether it is being tested: ${line.trim()}`),
    ...switched
      .filter((word) => tests.includes(word))
      .map((word) => `the tests switch ${word}: show who does so for users`),
  ]
}

async function brokenBy(
  { change, units, scratch }: ByExecution,
  runner: NonNullable<ByExecution['runner']>,
): Promise<readonly string[]> {
  const simple = (name: string): string => name.split('.').at(-1) ?? name
  const named = units.map(({ hunk, name }) => ({ path: hunk.file, name: simple(name) }))
  const files = await neighboursOf(change, named)
  if (files.length === 0) return []
  await using session = await openSession(change, await runner(files, change), scratch)
  return (await brokenNeighbours(files, session)).map(({ id }) => id)
}

function executionOf(
  { tests, verdict, reasons }: ProveReport,
  ids: ReadonlySet<number>,
): FixReport['execution'] {
  if (tests.length === 0)
    return verdict === 'cannot tell'
      ? { ...notRun, outcome: 'inconclusive', detail: reasons.join('; ') }
      : notRun
  return {
    outcome: 'ran',
    detail: null,
    broken: [],
    tests: tests.map(({ id, result, without, with: now, caughtBy }) => ({
      id,
      before: without === null ? (result === 'skipped' ? 'skipped' : 'passed') : 'failed',
      beforeFailure: without?.kind ?? null,
      after: now === null ? (result === 'skipped' ? 'skipped' : 'passed') : 'failed',
      failToPass: result === 'catches',
      attributed: caughtBy.some((hunk) => ids.has(hunk)),
    })),
  }
}
