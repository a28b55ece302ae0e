import type { Change, ChangedFile } from '../changes/change.ts'
import { isTestModule } from '../changes/paths.ts'
import { languageOf } from '../syntax/languages.ts'
import type { Language } from '../syntax/language.ts'
import { common, dotted, type Node, print, walk } from '../syntax/node.ts'
import { type Assertion, assertionsOf, namesBehind } from './assertions.ts'
import { openSide, treeOf } from './facets.ts'
import { sourceNames } from './source-text.ts'

/** A test of a changed test file, as far as reading can tell. */
export interface TestReading {
  readonly file: string
  /** Function name in Python, title in JavaScript; empty where the title is computed. */
  readonly name: string
  /** First and last line. */
  readonly lines: readonly [number, number]
  /** Whether the test itself, or something beside the tests of its file, was changed. */
  readonly isChanged: boolean
  readonly assertions: readonly Assertion[]
  readonly tree: Node
  /** What stands beside the tests, in its file and in changed helpers: fixtures, functions, constants. */
  readonly around: readonly Node[]
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
  const helpers = testTreesOf(change, (path) => !isTestModule(path))
  return [...change.files, ...others].flatMap(({ path, before, after }) => {
    const language = languageOf(path)
    if (!isTestModule(path) || after === null || language === null) return []
    const now = testsIn(path, after, language)
    const old = before === null ? null : testsIn(path, before, language)
    const oldTexts = new Map(old?.tests.map(({ name, text }) => [name, text]))
    const isAllNew = now.surroundings !== old?.surroundings
    return now.tests.map(({ name, text, lines, assertions, tree }) => ({
      file: path,
      name,
      lines,
      tree,
      around: [...now.around, ...helpers],
      isChanged: isAllNew || oldTexts.get(name) !== text,
      assertions,
    }))
  })
}

/** The trees of changed files of tests: test modules, helpers, `conftest.py`. */
export function testTreesOf(
  change: Change,
  isWanted: (path: string) => boolean = () => true,
): readonly Node[] {
  return change.files.flatMap(({ path, role, after }) => {
    const language = languageOf(path)
    if (role !== 'test' || after === null || language === null || !isWanted(path)) return []
    const side = openSide(path, after, language)
    return side.units.map((unit) => treeOf(side, unit))
  })
}

interface FileTests {
  readonly tests: readonly {
    name: string
    text: string
    lines: readonly [number, number]
    assertions: readonly Assertion[]
    tree: Node
  }[]
  /** What stands beside the tests: fixtures, helpers, constants. */
  readonly around: readonly Node[]
  readonly surroundings: string
}

function testsIn(path: string, source: string, language: Language): FileTests {
  const side = openSide(path, source, language)
  const others = side.units
    .filter(({ name, kind }) => kind !== 'class' && kind !== 'module' && !isPythonTest(name))
    .map((unit) => treeOf(side, unit))
  const known = sourceNames(others)
  const found = side.units
    .filter(({ kind }) => kind !== 'class')
    .flatMap((unit) => {
      const tree = treeOf(side, unit)
      const roots =
        language.name === 'Python'
          ? isPythonTest(unit.name)
            ? [{ name: simple(unit.name), tree }]
            : []
          : javascriptTests(tree)
      return roots.map((root) => ({
        name: root.name,
        text: print(root.tree),
        lines: linesOf(root.tree, side.source),
        assertions: assertionsOf(root.tree, source, known),
        tree: root.tree,
      }))
    })
  const loose = side.units
    .filter(({ kind }) => kind === 'class' || kind === 'module')
    .flatMap((unit) => treeOf(side, unit).children)
    .filter((statement) => javascriptTests(statement).length === 0)
  const surroundings = others.map(print).join('\n')
  return { tests: found, around: [...others, ...loose], surroundings }
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

/** `test('title', …)`, `it('title', …)`, `t.test(title, …)`. */
function javascriptTests(tree: Node): { name: string; tree: Node }[] {
  return [...walk(tree)].flatMap((node) => {
    const [callee, title] = node.children
    if (node.type !== common.call || callee === undefined || title === undefined) return []
    const path = dotted(callee) ?? ''
    if (!/(?:^|\.)(?:test|it|specify)(?:\.(?:only|skip|todo|concurrent))?$/.test(path)) return []
    return [{ name: title.type === common.string ? title.text.slice(1, -1) : '', tree: node }]
  })
}

/** Whether the assertion at a line is about some names, or about what the test got by them. */
export function restsOn(
  { tree, assertions }: TestReading,
  line: number | null,
  names: ReadonlySet<string>,
): boolean {
  const at = line === null ? undefined : assertions.findLast((one) => one.line <= line)
  const behind = namesBehind(tree, names)
  return at !== undefined && [...at.names].some((name) => behind.has(name))
}

/** Whether a test calls one of these names, be it as `getattr(queue, "make_discrete")()`. */
export function calls({ tree }: TestReading, names: ReadonlySet<string>): boolean {
  return [...walk(tree)].some(
    ({ type, children: [callee] }) =>
      type === common.call && callee !== undefined && [...walk(callee)].some(isOneOf(names)),
  )
}

function isOneOf(names: ReadonlySet<string>): (node: Node) => boolean {
  return ({ type, text }) =>
    type === common.string
      ? names.has(text.slice(1, -1))
      : (type === common.name || type === common.property) && names.has(text)
}

/** Whether a test that ran is the one that was read; pytest appends parameters: `test_a[1]`. */
export function isNamed({ name }: { readonly name: string }, read: string): boolean {
  return name === read || name.startsWith(`${read}[`)
}
