import type { Change, ChangedFile } from '../changes/change.ts'
import { isTestModule } from '../changes/paths.ts'
import type { Language } from '../syntax/language.ts'
import { languageOf } from '../syntax/languages.ts'
import { common, dotted, type Node, print, walk } from '../syntax/node.ts'
import { openSide, treeOf } from './facets.ts'

/** A test of a test file, as far as reading can tell. */
export interface TestReading {
  readonly file: string
  /** Function name in Python, title in JavaScript; empty where the title is computed. */
  readonly name: string
  /** First and last line. */
  readonly lines: readonly [number, number]
  /** Whether the test itself, or something beside the tests of its file, was changed. */
  readonly isChanged: boolean
  /** How many of its lines assert something. */
  readonly assertions: number
  /** The whole file. */
  readonly source: string
}

/**
 * All tests of the changed test modules, on the side with the fix.
 *
 * @param others modules that the change leaves alone, but whose fixtures or data it changes
 */
export function readTests(
  change: Change,
  others: readonly ChangedFile[] = [],
): readonly TestReading[] {
  return [...change.files, ...others].flatMap(({ path, before, after }) => {
    const language = languageOf(path)
    if (!isTestModule(path) || after === null || language === null) return []
    const now = testsIn(path, after, language)
    const old = before === null ? null : testsIn(path, before, language)
    const oldTexts = new Map(old?.tests.map(({ name, text }) => [name, text]))
    const isAllNew = now.surroundings !== old?.surroundings
    return now.tests.map(({ name, text, lines }) => ({
      ...{ file: path, name, lines, source: after },
      assertions: linesOfTest(after, lines).filter((line) => asserts.test(line)).length,
      isChanged: isAllNew || oldTexts.get(name) !== text,
    }))
  })
}

const asserts = /\b(?:assert|expect|raises|should|t\.(?:is|equal|same|like|true|false|throws))/i

function linesOfTest(source: string, [first, last]: TestReading['lines']): readonly string[] {
  return source.split('\n').slice(first - 1, last)
}

/** The trees of changed files of tests: test modules, helpers, `conftest.py`. */
export function testTreesOf(change: Change): readonly Node[] {
  return change.files.flatMap(({ path, role, after }) => {
    const language = languageOf(path)
    if (role !== 'test' || after === null || language === null) return []
    const side = openSide(path, after, language)
    return side.units.map((unit) => treeOf(side, unit))
  })
}

interface FileTests {
  readonly tests: readonly { name: string; text: string; lines: readonly [number, number] }[]
  /** What stands beside the tests: fixtures, helpers, constants. */
  readonly surroundings: string
}

function testsIn(path: string, source: string, language: Language): FileTests {
  const side = openSide(path, source, language)
  const others = side.units
    .filter(({ name, kind }) => kind !== 'class' && kind !== 'module' && !isPythonTest(name))
    .map((unit) => treeOf(side, unit))
  const found = side.units
    .filter(({ kind }) => kind !== 'class')
    .flatMap((unit) => {
      const tree = treeOf(side, unit)
      if (language.name !== 'Python') return javascriptTests(tree)
      return isPythonTest(unit.name) ? [{ name: simple(unit.name), tree }] : []
    })
  const tests = found.map(({ name, tree }) => ({
    ...{ name, text: print(tree), lines: linesOf(tree, side.source) },
  }))
  return { tests, surroundings: others.map(print).join('\n') }
}

function linesOf({ from, to }: Node, source: string): readonly [number, number] {
  const lineAt = (at: number): number => source.slice(0, at).split('\n').length
  return [lineAt(from), lineAt(from + source.slice(from, to).trimEnd().length)]
}

function isPythonTest(name: string): boolean {
  return name.split('.').some((part) => part.startsWith('test'))
}

function simple(name: string): string {
  return (name.split('.').at(-1) ?? name).replace(/#\d+$/, '')
}

/** `test('title', …)`, `it.only('title', …)`, `t.test(title, …)`, `test.each(rows)('title %s', …)`; not a hook. */
function javascriptTests(tree: Node): { name: string; tree: Node }[] {
  const calls = [...walk(tree)].filter(({ type }) => type === common.call)
  const callees = new Set(calls.flatMap(({ children: [callee] }) => callee ?? []))
  return calls.flatMap((node) => {
    const [callee, title] = node.children
    if (callee === undefined || title === undefined || callees.has(node)) return []
    const isOfRows = callee.type === common.call
    const path = dotted((isOfRows ? callee.children[0] : undefined) ?? callee) ?? ''
    if (!/(?:^|\.)(?:test|it|specify)(?:\.(?!before|after|describe)\w+)*$/.test(path)) return []
    const isPlain = title.type === common.string && !(isOfRows && /[$%]/.test(title.text))
    return [{ name: isPlain ? title.text.slice(1, -1) : '', tree: node }]
  })
}
