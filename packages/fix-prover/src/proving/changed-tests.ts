import type { Change } from '../changes/change.ts'
import { readTests } from '../reading/tests.ts'
import { linesOf, productHunks, type Hunk } from './hunks.ts'

/** Names of the tests to run in a file; a file without an entry runs whole. */
export type Selection = ReadonlyMap<string, readonly string[]>

/**
 * The tests that a change touches, in files where it touches nothing but tests: where a helper, a
 * constant or a title that is computed changes, any test of the file may be another one.
 */
export async function changedTests(change: Change, files: readonly string[]): Promise<Selection> {
  const own = change.files.filter(({ path, before }) => files.includes(path) && before !== null)
  const hunks = await productHunks(change, own)
  const read = readTests(change)
  const selection = new Map<string, readonly string[]>()
  for (const { path, after } of own) {
    const tests = path.endsWith('.go')
      ? goTests(after ?? '')
      : read.filter(({ file }) => file === path)
    const names = namesIn(
      tests,
      hunks.filter(({ file }) => file === path),
      after ?? '',
    )
    if (names !== null && names.length > 0) selection.set(path, names)
  }
  return selection
}

interface Test {
  readonly name: string
  readonly lines: readonly [number, number]
}

/** Null: some changed line is in no test, or in one without a plain name. */
function namesIn(
  tests: readonly Test[],
  hunks: readonly Hunk[],
  source: string,
): readonly string[] | null {
  const lines = source.split('\n')
  const names = new Set<string>()
  for (const hunk of hunks) {
    const [first, last] = linesOf(hunk)
    for (let number = first; number <= last; number++) {
      if (isQuiet(lines[number - 1] ?? '')) continue
      const at = tests.filter(({ lines: [a, b] }) => number >= a && number <= b)
      if (at.length === 0 || at.some(({ name }) => name === '')) return null
      for (const { name } of at) names.add(name)
    }
  }
  return [...names]
}

/** Lines that make no test another one: blank, a comment, an import, the end of a block, a decorator. */
function isQuiet(line: string): boolean {
  return /^\s*(?:$|#|\/\/|\/?\*|import\b|from\b|[\])}]+[;,]?$|const \S+ = require\()/.test(line)
}

/** The test functions of a Go file, as gofmt lays them out. */
function goTests(source: string): readonly Test[] {
  const lines = source.split('\n')
  return lines.flatMap((line, at) => {
    const name = /^func (?<name>Test\w*)\(/.exec(line)?.groups?.['name']
    const end = lines.findIndex((one, index) => index > at && one.startsWith('}'))
    return name === undefined ? [] : [{ name, lines: [at + 1, end + 1] as const }]
  })
}
