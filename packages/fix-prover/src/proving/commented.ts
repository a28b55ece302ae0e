import type { ChangedFile } from '../changes/change.ts'
import { formOf, indentOf, probeWord, type Texts } from './forms.ts'
import { type Hunk, linesOf, spanOf, withoutHunks } from './hunks.ts'
import { languageOf } from '../syntax/languages.ts'
import { isProgram } from './mutants.ts'
import { inFunctions, textsIn } from './probes.ts'
import { idle, withStandIns } from './stand-ins.ts'

/** A language that is not parsed here may not compile with texts: then there are comments alone. */
interface How {
  /** Where what stands for new names notes who called it. */
  readonly mark?: string
  readonly isPlain?: boolean
}

/** Lines that a file does not have, and the place where the other side of the change has them. */
interface Words {
  /** They go before this line. */
  readonly before: number
  readonly lines: readonly string[]
  /** The lines that stand for them here. */
  readonly own: readonly number[]
}

/**
 * The files with the change, a comment at each place that changed, and the old lines as comments and as
 * texts: nothing else to a program, and something else to what reads the source.
 */
export function withComments(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
  how: How = {},
): Texts {
  const texts = new Map<string, string>()
  for (const [path, own] of Map.groupBy(hunks, ({ file }) => file)) {
    const { before = null, after = null } = files.find((one) => one.path === path) ?? {}
    if (after === null) continue
    const words = own.map((hunk): Words => {
      const [first, last] = linesOf(hunk)
      const old = spanOf(before, hunk.before)
      return { before: first, lines: [probeWord, ...old], own: numbers(first, last) }
    })
    const text = withWords(path, after, words, how)
    if (text !== null) texts.set(path, text)
  }
  return texts
}

/** The files without the change, and what they say otherwise; null removes a file. */
type Said = ReadonlyMap<string, string | null>

/**
 * The files without the change, with its lines as comments and as texts: what reads the source still finds
 * them.
 *
 * @returns with something under each name that the change brings, too, for what only asks for names, and
 *   what to try where the tests do not load with that; `unnamed` is null where it brings none,
 *   and `idle` has what does nothing under them
 */
export function saidOtherwise(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
  named: string,
): {
  readonly said: readonly (() => Said)[]
  readonly unnamed: Said | null
  readonly idle: Said | null
  readonly named: string
} {
  const { quoted, unnamed } = saidWith(files, hunks, { mark: named })
  const plain = (): Said => saidWith(files, hunks, { isPlain: true }).quoted
  const said = [() => quoted, ...(unnamed === null ? [] : [() => unnamed]), plain]
  return {
    said: files.some(({ path }) => languageOf(path) === null) ? said : [() => quoted],
    unnamed,
    named,
    // In a language that is not parsed here nothing comes back from what does nothing.
    idle: unnamed === null ? null : idleOf(quoted),
  }
}

function idleOf(quoted: Said): Said | null {
  const texts = new Map(
    [...quoted].map(([path, text]) => [path, text === null ? null : idle(text)]),
  )
  return [...texts].some(([path, text]) => text !== quoted.get(path)) ? texts : null
}

function saidWith(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
  how: How,
): { readonly quoted: Said; readonly unnamed: Said | null } {
  const unnamed = new Map<string, string | null>()
  const quoted = new Map<string, string | null>()
  let hasNames = false
  for (const [path, text] of withoutHunks(files, hunks)) {
    const file = files.find((one) => one.path === path)
    // Of a file with tests of its own only the product part goes.
    const whole = file?.before === text ? file : undefined
    const said = whole === undefined ? null : quotedIn(whole, hunks, how)
    unnamed.set(path, said ?? text)
    const named =
      whole === undefined || how.isPlain === true
        ? null
        : withStandIns(whole, said ?? text ?? '', { mark: how.mark ?? '' })
    hasNames ||= named !== null
    quoted.set(path, named ?? said ?? text)
  }
  return { quoted, unnamed: hasNames ? unnamed : null }
}

function quotedIn(
  { path, before, after }: ChangedFile,
  hunks: readonly Hunk[],
  how: How,
): string | null {
  const form = formOf(path)
  if (form === undefined || after === null) return null
  // A file that is new says all that it says, and does nothing; in Go it is of a package all the same.
  if (before === null) return after.replaceAll(/^(?=.*\S)(?!package )/gm, `${form.comment} `)
  const own = hunks.filter((hunk) => hunk.file === path)
  const words = own.map((hunk): Words => {
    const { first, count } = hunk.before
    const at = count === 0 ? [first, first + 1] : numbers(first, first + count - 1)
    // Behind the first of the old lines, so that a function holds them.
    return { before: first + 1, lines: spanOf(after, hunk.after), own: at }
  })
  return withWords(path, before, words, how)
}

function numbers(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}

/** In characters: what is generated is read as little as needed. */
const largest = 500_000

/** Null where the language is not known, or comments make it another program. */
function withWords(
  path: string,
  source: string,
  all: readonly Words[],
  { isPlain = false }: How,
): string | null {
  const form = formOf(path)
  if (form === undefined) return null
  const texts = textsIn(path, source)
  // A comment in a text would be of the text.
  const outside = (line: number): number =>
    texts.find(([first, last]) => first < line && line <= last)?.[0] ?? line
  const words = all
    .map((one) => ({ ...one, before: outside(one.before) }))
    .toSorted((one, other) => one.before - other.before)
  const commented = source
    .split('\n')
    .flatMap((line, at) => {
      const own = words.filter(({ before }) => before === at + 1).flatMap(({ lines }) => lines)
      if (isInLine(path)) return [`${own.map(blockComment).join('')}${line}`]
      const comment = (word: string): string =>
        `${indentOf(word) || indentOf(line)}${form.comment} ${word.trim()}`.trimEnd()
      return [...own.map(comment), line]
    })
    .join('\n')
  const { quote, isDeclared = true } = form
  const forms = [commented]
  if (quote !== undefined && !isPlain) {
    const old = words.flatMap(({ lines }) => lines).join('\n')
    const end = isDeclared ? `\n${quote(old)}\n` : ''
    forms.unshift(`${commented}${end}`)
    if (commented.length < largest) forms.unshift(`${inside(path, commented, words, quote)}${end}`)
  }
  return forms.find((text) => isProgram(path, text, source)) ?? null
}

/** Tests of the same file keep their lines. */
function isInLine(path: string): boolean {
  return path.endsWith('.rs')
}

function blockComment(word: string): string {
  return `/* ${word.replaceAll(/\/\*|\*\//g, '').trim()} */ `
}

/** The words as texts in the functions that they are about; the last ones first, for the others' places. */
function inside(
  path: string,
  commented: string,
  words: readonly Words[],
  quote: (text: string) => string,
): string {
  const all = commented.split('\n')
  const texts = textsIn(path, commented)
  const isText = (line: number): boolean =>
    texts.some(([first, last]) => first <= line && line <= last)
  return words.toReversed().reduce((text, { own, lines }) => {
    const moved = own
      .map((number) => number + (isInLine(path) ? 0 : above(words, number)))
      .filter((number) => !isText(number) && !/^\s*[a-z]?["']/i.test(all[number - 1] ?? ''))
    return inFunctions(path, text, moved, quote(lines.join(' '))) ?? text
  }, commented)
}

/** How many comments are above a line. */
function above(words: readonly Words[], number: number): number {
  return words
    .filter(({ before }) => before <= number)
    .reduce((sum, { lines }) => sum + lines.length, 0)
}
