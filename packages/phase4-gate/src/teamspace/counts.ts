import { DocumentError } from '@canary-gate/documents'
import { readJUnit, type Outcome, type SuiteCase } from './junit-report.ts'
import {
  alarmsIn,
  casesOfLog,
  selectedIn,
  summariesOf,
  type Tally,
  unreadableSummaries,
} from './log.ts'

export { rerunsIn } from './log.ts'

/** What a run of the suite proved to have executed, case by case. */
export interface Counts extends Tally {
  readonly cases: readonly SuiteCase[]
  /** When the report says that its run began; null where it does not. */
  readonly timestamp: string | null
  /** Why report and log cannot both be right; empty if they agree. */
  readonly problems: readonly string[]
}

/**
 * Counts what ran. The report decides, if there is one; its log has to agree with it. Without a report
 * the log alone is read: its summary, and the tests that it lists.
 *
 * @param report the JUnit file, or null where the command writes none
 * @returns null where nothing proves that anything was executed
 */
export function countSuite(log: string, report: Uint8Array | string | null): Counts | null {
  const summaries = summariesOf(log)
  const unread = [
    ...unreadableSummaries(log).map((line) => `its log has a summary of unknown words: ${line}`),
    ...alarmsIn(log).map((line) => `its log says that it failed or stopped: ${line}`),
  ]
  if (report === null) return countByLog(log, summaries, unread)
  const junit = readOrNull(report)
  if (junit === null) return null
  const listed = casesOfLog(log)
  const printed = (outcome: Outcome): number =>
    Math.max(0, ...summaries.map((one) => one[outcome]), count(listed, outcome))
  // A test that was expected to fail and passed is a plain pass in a report; only the log says so.
  const xpassed = Math.max(count(junit.cases, 'xpassed'), printed('xpassed'))
  const tally = {
    ...tallyOf(junit.cases),
    passed: Math.max(0, count(junit.cases, 'passed') - xpassed),
    failed: Math.max(count(junit.cases, 'failed'), printed('failed')),
    xpassed,
  }
  const problems = [
    ...junit.problems,
    ...unread,
    ...disagreements(tally, summaries),
    ...unended(tally, log),
  ]
  return { ...tally, cases: junit.cases, timestamp: junit.timestamp, problems }
}

/** How many tests were executed, whatever came of it. */
export function executed({ passed, failed, xpassed, xfailed }: Tally): number {
  return passed + failed + xpassed + xfailed
}

function readOrNull(report: Uint8Array | string): ReturnType<typeof readJUnit> | null {
  try {
    return readJUnit(report)
  } catch (error) {
    // Not a report at all, which is no proof of execution: the caller says so.
    if (error instanceof DocumentError) return null
    throw error
  }
}

function countByLog(
  log: string,
  summaries: readonly Tally[],
  unread: readonly string[],
): Counts | null {
  const [last] = summaries.slice(-1)
  if (last === undefined) return null
  const cases = casesOfLog(log)
  const problems = [
    ...unread,
    ...disagreements(last, summaries),
    ...(cases.length === 0 ? [] : disagreements(tallyOf(cases), [last])),
    ...unended(last, log),
  ]
  return { ...last, cases, timestamp: null, problems }
}

function disagreements(counted: Tally, summaries: readonly Tally[]): string[] {
  if (summaries.length === 0) return ['its log has no summary (passed, failed, skipped)']
  const different = summaries.filter((one) => describe(one) !== describe(counted))
  return different.map((one) => `its log says ${describe(one)}; counted are ${describe(counted)}`)
}

/** A run that ends before its last test tells nothing about the rest. */
function unended(counted: Tally, log: string): string[] {
  const ended = executed(counted) + counted.skipped
  return selectedIn(log)
    .filter((selected) => selected > ended)
    .map((selected) => `its log says that ${selected} tests were selected; ${ended} ended`)
}

/** `3 passed, 30 skipped`, what is 0 left out. */
export function describe(tally: Tally): string {
  const names = ['passed', 'failed', 'skipped', 'xfailed', 'xpassed'] as const
  const parts = names.filter((name) => tally[name] > 0).map((name) => `${tally[name]} ${name}`)
  return parts.join(', ') || 'nothing'
}

function tallyOf(cases: readonly SuiteCase[]): Tally {
  return {
    passed: count(cases, 'passed'),
    failed: count(cases, 'failed'),
    skipped: count(cases, 'skipped'),
    xfailed: count(cases, 'xfailed'),
    xpassed: count(cases, 'xpassed'),
  }
}

function count(cases: readonly SuiteCase[], outcome: Outcome): number {
  return cases.filter((one) => one.outcome === outcome).length
}

/**
 * Test files of which no test passed. A suite that leaves one out says nothing about it. One test is in
 * one file: a class path that names two of them stands for neither.
 */
export function unprovenFiles({ cases }: Counts, files: readonly string[]): string[] {
  const wanted = files.map((file) => (file.split('/').at(-1) ?? file).replace(/\.\w+$/, ''))
  const proven = cases
    .filter(({ outcome }) => outcome === 'passed')
    .map(({ modules }) => [...new Set(modules.filter((module) => wanted.includes(module)))])
    .flatMap((modules) => (modules.length === 1 ? modules : []))
  return files.filter((_file, index) => !proven.includes(wanted[index] ?? ''))
}

/** Tests that did not have to pass although nobody said that they need not: skipped, or expected to fail. */
export function unexpectedSkips(
  { cases, ...tally }: Counts,
  expected: readonly string[],
): string[] {
  const left = cases.filter(({ outcome }) => ['skipped', 'xfailed', 'xpassed'].includes(outcome))
  const named = left
    .filter(({ id }) => !expected.some((name) => id === name || id.endsWith(`::${name}`)))
    .map(({ id, outcome }) => `${id} is ${outcome}`)
  const total = tally.skipped + tally.xfailed + tally.xpassed
  const unnamed = total - left.length
  return unnamed > 0 ? [...named, `${unnamed} more were skipped or expected to fail`] : named
}
