import { XMLParser } from 'fast-xml-parser'

/** What a run of the suite proved to have executed. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Where the tests that passed stand: a module or a file each, as the report names it. */
  readonly places: readonly string[]
}

/**
 * Counts the test cases of a JUnit file themselves; the totals in its head are only claims.
 * Returns null if the text is no JUnit document, which is no proof of execution at all.
 */
export function countJUnit(xml: string): Counts | null {
  if (!isComplete(xml)) return null
  const parser = new XMLParser({
    isArray: (name) => name === 'testcase' || name === 'testsuite',
    ignoreAttributes: false,
    attributeNamePrefix: '@',
  })
  const cases = collectCases(parser.parse(xml))
  if (cases === null) return null
  const failed = cases.filter((one) => 'failure' in one || 'error' in one)
  const skipped = cases.filter((one) => 'skipped' in one && !failed.includes(one))
  const passed = cases.filter((one) => !failed.includes(one) && !skipped.includes(one))
  const places = passed.map((one) => `${textOf(one['@file'])} ${textOf(one['@classname'])}`)
  return { passed: passed.length, failed: failed.length, skipped: skipped.length, places }
}

/** Reads the last summary line of a log, e.g. `12 passed, 1 skipped in 3.20s`; null if none. */
export function countLog(log: string): Counts | null {
  const lines = log.split('\n')
  const line = lines.findLast((text) => /\b\d+ (?:passed|failed|errors?|skipped)\b/.test(text))
  if (line === undefined) return null
  const count = (word: string): number => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0)
  return {
    passed: count('passed'),
    failed: count('failed') + count('errors?'),
    skipped: count('skipped'),
    places: lines.filter((text) => /\bPASSED\b/.test(text)),
  }
}

/** Failures of which the runner's own last line tells, e.g. `=== 1 failed, 2 passed in 3.20s ===`. */
export function failuresSummedUp(log: string): number {
  const line =
    log.split('\n').findLast((text) => /^=+ .* in \d[\d.:]*s\b.* =+\s*$/.test(text)) ?? ''
  const numbers = [...line.matchAll(/\b(\d+) (?:failed|errors?)\b/g)]
  return numbers.reduce((sum, [, number]) => sum + Number(number), 0)
}

/** Test files of which no test passed. A suite that leaves one out says nothing about it. */
export function unprovenFiles({ places }: Counts, files: readonly string[]): string[] {
  return files.filter((file) => {
    const module =
      file
        .replace(/\.\w+$/, '')
        .split('/')
        .at(-1) ?? file
    const named = new RegExp(`(?:^|\\W)${module.replace(/\W/g, '\\$&')}(?:\\W|$)`)
    return !places.some((place) => named.test(place))
  })
}

/** Lines in which a log tells that a test was repeated until it passed (pytest-rerunfailures, flaky). */
export function rerunsIn(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => /\bRERUN\b|\b[1-9]\d* rerun\b|passed \d+ out of the required/.test(line))
}

/** The parser forgives a report that ends in the middle; a suite that was cut off must not pass. */
function isComplete(xml: string): boolean {
  return /<\/testsuites?>\s*$/.test(xml) || /<testsuites?\b[^>]*\/>\s*$/.test(xml)
}

type Case = Readonly<Record<string, unknown>>

function collectCases(node: unknown): Case[] | null {
  if (!isRecord(node)) return null
  const root = node['testsuites'] ?? node
  const suites = isRecord(root) ? root['testsuite'] : undefined
  return Array.isArray(suites) ? suites.flatMap(casesOf) : null
}

function casesOf(suite: unknown): Case[] {
  if (!isRecord(suite)) return []
  const own = suite['testcase']
  const inner = suite['testsuite']
  return [
    ...(Array.isArray(own) ? own.map((one) => (isRecord(one) ? one : {})) : []),
    ...(Array.isArray(inner) ? inner.flatMap(casesOf) : []),
  ]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
