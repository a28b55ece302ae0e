import type { Register, RegisteredRequirement } from './register.ts'
import { findIn } from './register.ts'
import { idsOfTitle, type WrittenTest } from './title.ts'
import { type TestResultLine, textDigest } from './results.ts'

/** `outdated`: it passed, but the requirement's text has changed since. */
export type TraceStatus = 'passed' | 'failed' | 'not-run' | 'outdated'

export interface TracedTest {
  readonly file: string
  readonly title: string
  readonly status: TraceStatus
  /** Where its result is from; null where it has none. */
  readonly from: ResultOrigin | null
}

export type ResultOrigin = Pick<TestResultLine, 'run' | 'commit' | 'candidate' | 'at'>

/** One run that results of a report are from. */
export interface TracedRun extends ResultOrigin {
  /** Number of results that are from it. */
  readonly results: number
}

export interface TracedRequirement {
  readonly id: string
  readonly text: string
  readonly status: TraceStatus | 'no-test' | 'deferred'
  readonly tests: readonly TracedTest[]
}

/** A test that names no requirement of the register, or one that is not there besides others that are. */
export interface StrayTest extends TracedTest {
  /** All ids that it names. */
  readonly names: readonly string[]
  /** Those of them that the register does not have. */
  readonly unknown: readonly string[]
}

/** Requirements to tests, and tests to requirements; what is missing is a row, not an omission. */
export interface TraceReport {
  readonly requirements: readonly TracedRequirement[]
  readonly testsWithoutRequirement: readonly StrayTest[]
  /** One line per gap; none means that everything is linked and passed. */
  readonly gaps: readonly string[]
  /** Where the results are from, the newest run first. */
  readonly runs: readonly TracedRun[]
}

/**
 * What a reader has to know before the results: of which run they are, or that they are of several, and
 * of how many commits and candidates.
 */
export function originLine({ runs }: Pick<TraceReport, 'runs'>): string {
  const [newest] = runs
  if (newest === undefined) return 'no results yet'
  const { run, commit, candidate, at } = newest
  const named = `run ${run}, commit ${commit ?? 'unknown'}, candidate ${candidate ?? 'none'}, ${at}`
  if (runs.length === 1) return `all results are of ${named}`
  const commits = new Set(runs.map((one) => one.commit)).size
  const candidates = new Set(runs.flatMap((one) => one.candidate ?? [])).size
  const of = [
    plural(runs.length, 'run'),
    plural(commits, 'commit'),
    plural(candidates, 'candidate'),
  ]
  return `MIXED: the results are of ${of.join(', ')}; the newest is ${named}`
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/**
 * Computes the report from the requirements, the tests as written, and their last results. Pure.
 *
 * @param wanted requirements to report about
 * @param register all requirements that tests may name
 */
export function traceReport(
  written: readonly WrittenTest[],
  results: readonly TestResultLine[],
  wanted: Register,
  register: Register = wanted,
): TraceReport {
  const tests = mergeTests(written, results)
  const find = findIn(register)
  const requirements = wanted.map((entry) => traceOne(entry, tests))
  const strays = tests
    .map((test) => ({ test, unknown: test.ids.filter((id) => find(id) === undefined) }))
    .filter(({ test, unknown }) => test.ids.length === 0 || unknown.length > 0)
    .map(({ test, unknown }) => ({ ...traced(test, ranAs(test)), names: test.ids, unknown }))
  return {
    requirements,
    testsWithoutRequirement: strays,
    gaps: [...requirements.flatMap(gapsOf), ...strays.map(strayGap)],
    runs: runsOf([...requirements.flatMap((one) => one.tests), ...strays]),
  }
}

/** A test of several requirements counts once. */
function runsOf(tests: readonly TracedTest[]): TracedRun[] {
  const byName = new Map(tests.map((test) => [`${test.file}\n${test.title}`, test.from]))
  const runs = new Map<string, TracedRun>()
  for (const from of byName.values()) {
    if (from === null) continue
    const key = JSON.stringify([from.run, from.commit, from.candidate])
    runs.set(key, { ...from, results: (runs.get(key)?.results ?? 0) + 1 })
  }
  return [...runs.values()].sort((one, other) => (one.at < other.at ? 1 : -1))
}

interface Test {
  readonly file: string
  readonly title: string
  readonly ids: readonly string[]
  readonly result: TestResultLine | undefined
}

/** A written test stands for each of its results; one whose results are missing was not run. */
function mergeTests(written: readonly WrittenTest[], results: readonly TestResultLine[]): Test[] {
  const byResult = results.map((result) => ({
    file: result.file,
    title: result.title,
    ids: idsOfTitle(result.title),
    result,
  }))
  const unseen = written
    .filter((test) => !results.some(isResultOf(test)))
    .map(({ file, title, ids }) => ({ file, title, ids, result: undefined }))
  return [
    ...byResult,
    ...unseen.filter((test) => test.ids.length > 0 || !test.title.startsWith('*')),
  ]
}

/** A test that a helper writes has its results in the files that call it; any other one in its own. */
function isResultOf({ file, title }: WrittenTest): (result: TestResultLine) => boolean {
  const isAnywhere = title.includes('*') && !TEST_FILE.test(file)
  const pattern = title.split('*').map(literally).join('.*')
  const expression = new RegExp(`(?:^| > )${pattern}$`, 's')
  return (result) => (isAnywhere || result.file === file) && expression.test(result.title)
}

const TEST_FILE = /\.(?:test|spec)\.[cm]?[jt]sx?$/

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
}

function traceOne(entry: RegisteredRequirement, tests: readonly Test[]): TracedRequirement {
  const own = tests
    .filter((test) => test.ids.includes(entry.id))
    .map((test) => traced(test, statusOf(test, entry)))
  return { id: entry.id, text: entry.text, status: summary(entry, own), tests: own }
}

function traced({ file, title, result }: Test, status: TraceStatus): TracedTest {
  return { file, title, status, from: result === undefined ? null : originOf(result) }
}

function originOf({ run, commit, candidate, at }: TestResultLine): ResultOrigin {
  return { run, commit, candidate, at }
}

function statusOf(test: Test, { id, text }: RegisteredRequirement): TraceStatus {
  const status = ranAs(test)
  if (status !== 'passed') return status
  return test.result?.texts[id] === textDigest(text) ? 'passed' : 'outdated'
}

/** What became of a test, whatever it proves. */
function ranAs({ result }: Test): 'passed' | 'failed' | 'not-run' {
  if (result === undefined || result.state === 'skipped') return 'not-run'
  return result.state === 'passed' ? 'passed' : 'failed'
}

/** The worst that is known; tests that were not run do not hide those that were. */
function summary(
  entry: RegisteredRequirement,
  tests: readonly TracedTest[],
): TracedRequirement['status'] {
  if (tests.length === 0) return entry.status === 'deferred' ? 'deferred' : 'no-test'
  const has = (status: TraceStatus): boolean => tests.some((test) => test.status === status)
  if (has('failed')) return 'failed'
  if (has('outdated')) return 'outdated'
  return has('passed') ? 'passed' : 'not-run'
}

function gapsOf({ id, status, tests }: TracedRequirement): string[] {
  switch (status) {
    case 'passed':
    case 'deferred':
      return []
    case 'no-test':
      return [`${id} has no test`]
    case 'not-run':
      return [`${id} was not run`]
    case 'outdated':
      return [`${id} was changed since its tests ran`]
    case 'failed':
      return tests
        .filter((test) => test.status === 'failed')
        .map((test) => `${id} failed: ${test.file}: ${test.title}`)
  }
}

function strayGap({ file, title }: { file: string; title: string }): string {
  return `${file} has a test without a requirement: ${title}`
}
