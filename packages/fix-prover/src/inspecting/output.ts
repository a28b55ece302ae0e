import type { ChangedFile } from '../changes/change.ts'
import { type Hunk, linesOf } from '../proving/hunks.ts'
import { isProgram } from '../proving/mutants.ts'
import { languageOf } from '../syntax/languages.ts'
import type { Node } from '../syntax/node.ts'
import { type Words, wordsOf } from './words.ts'

/**
 * The product files without the output that the change adds, and nothing else taken out; lines keep
 * their numbers. A test that fails there as it did before the fix looks at that output, however it caught it.
 *
 * @returns path → text; empty where the change adds no output, or the language is not parsed here
 */
export function withoutNewOutput(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
  listed: readonly string[] = [],
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const { path, after } of files) {
    const words = wordsOf(path, listed)
    const own = hunks.filter(({ file, after: { count } }) => file === path && count > 0)
    if (after === null || words === undefined || own.length === 0) continue
    const text = silenced(path, after, own, words)
    if (text !== after && isProgram(path, text, after)) texts.set(path, text)
  }
  return texts
}

function silenced(path: string, source: string, hunks: readonly Hunk[], words: Words): string {
  const isNew = (node: Node): boolean => {
    const line = lineAt(source, node.to - 1)
    return hunks.map(linesOf).some(([first, last]) => first <= line && line <= last)
  }
  const spoken = outputIn(path, source, words).filter(isNew)
  const nothing = path.endsWith('.py') ? 'pass' : ';'
  return spoken
    .toSorted((one, other) => other.from - one.from)
    .reduce((text, { from, to }) => {
      const breaks = text.slice(from, to).replaceAll(/[^\n]+/g, '')
      return text.slice(0, from) + nothing + breaks + text.slice(to)
    }, source)
}

function outputIn(path: string, source: string, words: Words): readonly Node[] {
  const tree = languageOf(path)?.parse(source)
  if (tree === undefined) return []
  const outermost = (node: Node): readonly Node[] =>
    isOutput(node, source, words) ? [node] : node.children.flatMap(outermost)
  return outermost(tree)
}

/** A call as a statement of its own, or a compound that only writes a file. */
function isOutput(node: Node, source: string, { writes, writesFile }: Words): boolean {
  const [only] = node.children
  const text = source.slice(node.from, node.to)
  if (node.type === 'WithStatement') return writesFile?.test(text) === true
  const isCall = node.type === 'ExpressionStatement' && only?.type !== 'AssignmentExpression'
  return isCall && writes.test(text)
}

function lineAt(source: string, at: number): number {
  return source.slice(0, at).split('\n').length
}

/** The JavaScript files that use the global console, with a console of their own that arrives nowhere. */
export function withOwnConsole(files: readonly ChangedFile[]): ReadonlyMap<string, string> {
  const own = 'const console = new Proxy(globalThis.console, { get: () => () => undefined }); '
  const texts = new Map<string, string>()
  for (const { path, after } of files) {
    if (after === null || !/\.[cm]?[jt]sx?$/.test(path) || !/\bconsole\b/.test(after)) continue
    // Behind `#!` and "use strict"; lines keep their numbers.
    const head = /^(?:#!.*\n)?\s*(?:(["'])use \w+\1;?)?/.exec(after)?.[0] ?? ''
    const text = `${head};${own}${after.slice(head.length)}`
    if (isProgram(path, text, after)) texts.set(path, text)
  }
  return texts
}

/** Whether some hunks add nothing but output, and take nothing but output away. */
export function isOnlyOutput(
  files: readonly ChangedFile[],
  own: readonly { readonly hunk: Hunk }[],
  listed: readonly string[] = [],
): boolean {
  return own.every(({ hunk }) => {
    const file = files.find(({ path }) => path === hunk.file)
    const words = wordsOf(hunk.file, listed)
    if (file === undefined || words === undefined) return false
    const isSpoken = (text: string | null, { first, count }: Hunk['after']): boolean => {
      const lines = (text ?? '').split('\n').slice(first - 1, first - 1 + count)
      const spans = outputIn(hunk.file, text ?? '', words).map(
        ({ from, to }) => [lineAt(text ?? '', from), lineAt(text ?? '', to - 1)] as const,
      )
      return lines.every(
        (line, at) =>
          line.trim() === '' || spans.some(([a, b]) => a <= first + at && first + at <= b),
      )
    }
    return isSpoken(file.after, hunk.after) && isSpoken(file.before, hunk.before)
  })
}
