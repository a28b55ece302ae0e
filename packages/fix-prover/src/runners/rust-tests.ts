import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** First and last line (from 1) of what a Rust file has for tests alone: modules, helpers, imports. */
export function testItems(source: string): readonly (readonly [number, number])[] {
  const lines = source.split('\n')
  const spans: [number, number][] = []
  for (let at = 0; at < lines.length; at++) {
    if (!forTests.test(lines[at] ?? '')) continue
    const head = lines.findIndex((line, index) => index > at && !/^\s*(?:#|\/\/|$)/.test(line))
    if (head < 0 || !(isModule.test(lines[head] ?? '') || /^\S/.test(lines[head] ?? ''))) continue
    const end = endOf(lines, head)
    spans.push([at + 1, end + 1])
    at = end
  }
  return spans
}

const forTests = /^\s*#\[(?:cfg\((?:all\()?test\b|(?:\w+::)?test\b)/
const isModule = /\bmod\s+\w+\s*[{;]/

/** Comments that are documents. */
const document = /^\s*\/\/[/!]/

/** Whether a Rust file has code in its documents, which runs as a test. */
export function hasTestedDocuments(source: string): boolean {
  return /^\s*\/\/[/!].*```/m.test(source)
}

/** The line numbers (from 1) of a Rust file that are for tests: also its documents, where they run. */
export function testLines(source: string, areDocumentsTested: boolean): ReadonlySet<number> {
  const items = testItems(source)
  const numbers = source.split('\n').map((line, at) => ({ line, number: at + 1 }))
  const own = numbers.filter(
    ({ line, number }) =>
      (areDocumentsTested && document.test(line)) ||
      items.some(([first, last]) => first <= number && number <= last),
  )
  return new Set(own.map(({ number }) => number))
}

/** rustfmt closes a block at the indentation at which it began. */
function endOf(lines: readonly string[], head: number): number {
  if (/\}\s*$/.test(lines[head] ?? '')) return head
  const open = lines.findIndex((line, index) => index >= head && /[{;]\s*$/.test(line))
  if (open < 0 || /;\s*$/.test(lines[open] ?? '')) return Math.max(head, open)
  const indent = /^\s*/.exec(lines[head] ?? '')?.[0] ?? ''
  const end = lines.findIndex((line, index) => index > open && line.startsWith(`${indent}}`))
  return end < 0 ? lines.length - 1 : end
}

export function isTestLine(tree: string, path: string, line: number): boolean {
  return testItems(readSource(join(tree, path))).some(
    ([first, last]) => line >= first && line <= last,
  )
}

/** A file that is not there has no line. */
export function readSource(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
