import { XMLParser } from 'fast-xml-parser'

/** What a run of the suite proved to have executed. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/**
 * Counts the test cases of a JUnit file themselves; the totals in its head are only claims.
 * Returns null if the text is no JUnit document, which is no proof of execution at all.
 */
export function countJUnit(xml: string): Counts | null {
  if (!isComplete(xml)) return null
  const parser = new XMLParser({ isArray: (name) => name === 'testcase' || name === 'testsuite' })
  const cases = collectCases(parser.parse(xml))
  if (cases === null) return null
  const failed = cases.filter((one) => 'failure' in one || 'error' in one).length
  const skipped = cases.filter((one) => 'skipped' in one).length
  return { passed: cases.length - failed - skipped, failed, skipped }
}

/** Reads the last summary line of a log, e.g. `12 passed, 1 skipped in 3.20s`; null if none. */
export function countLog(log: string): Counts | null {
  const line = log
    .split('\n')
    .findLast((text) => /\b\d+ (?:passed|failed|errors?|skipped)\b/.test(text))
  if (line === undefined) return null
  const count = (word: string): number => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0)
  return {
    passed: count('passed'),
    failed: count('failed') + count('errors?'),
    skipped: count('skipped'),
  }
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
