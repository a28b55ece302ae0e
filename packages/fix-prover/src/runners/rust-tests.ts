import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** First and last line (from 1) of the modules for tests in a Rust file. */
export function testModules(source: string): readonly (readonly [number, number])[] {
  const lines = source.split('\n')
  const spans: [number, number][] = []
  for (let at = 0; at < lines.length; at++) {
    if (!/^\s*#\[cfg\((?:all\()?test\b/.test(lines[at] ?? '')) continue
    const head = lines.findIndex((line, index) => index >= at && /\bmod\s+\w+\s*[{;]/.test(line))
    if (head < 0 || head > at + 4) continue
    const end = /;\s*$/.test(lines[head] ?? '') ? head : endOf(lines, head)
    spans.push([at + 1, end + 1])
    at = end
  }
  return spans
}

/** rustfmt closes a block at the indentation at which it began. */
function endOf(lines: readonly string[], head: number): number {
  const indent = /^\s*/.exec(lines[head] ?? '')?.[0] ?? ''
  const end = lines.findIndex((line, index) => index > head && line.startsWith(`${indent}}`))
  return end < 0 ? lines.length - 1 : end
}

export function isTestLine(tree: string, path: string, line: number): boolean {
  try {
    const spans = testModules(readFileSync(join(tree, path), 'utf8'))
    return spans.some(([first, last]) => line >= first && line <= last)
  } catch {
    return false
  }
}

/** A Rust file with the product code of one text and the modules for tests of another. */
export function withTestsOf(product: string, tests: string): string {
  const productLines = product.split('\n')
  const own = testModules(product)
  const isOwn = (at: number): boolean => own.some(([a, b]) => at + 1 >= a && at + 1 <= b)
  const kept = productLines.filter((_, at) => !isOwn(at))
  const testLines = tests.split('\n')
  const taken = testModules(tests).map(([a, b]) => testLines.slice(a - 1, b).join('\n'))
  return `${[kept.join('\n').trimEnd(), ...taken].join('\n\n')}\n`
}
