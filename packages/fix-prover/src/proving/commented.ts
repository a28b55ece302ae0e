import type { ChangedFile } from '../changes/change.ts'
import { formOf, indentOf, probeWord, type Texts } from './forms.ts'
import { type Hunk, linesOf, spanOf, withoutHunks } from './hunks.ts'
import { isProgram } from './mutants.ts'
import { inFunctions, textsIn } from './probes.ts'
import { standIns } from './stand-ins.ts'

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
export function withComments(files: readonly ChangedFile[], hunks: readonly Hunk[]): Texts {
  const texts = new Map<string, string>()
  for (const [path, own] of Map.groupBy(hunks, ({ file }) => file)) {
    const { before = null, after = null } = files.find((one) => one.path === path) ?? {}
    if (after === null) continue
    const words = own.map((hunk): Words => {
      const [first, last] = linesOf(hunk)
      const old = spanOf(before, hunk.before)
      return { before: first, lines: [probeWord, ...old], own: numbers(first, last) }
    })
    const text = withWords(path, after, words)
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
 * @returns with something under each name that the change brings, too, for what only asks for names;
 *   `unnamed` is null where it brings none
 */
export function saidOtherwise(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
): { readonly quoted: Said; readonly unnamed: Said | null } {
  const unnamed = new Map<string, string | null>()
  const quoted = new Map<string, string | null>()
  let hasNames = false
  for (const [path, text] of withoutHunks(files, hunks)) {
    const file = files.find((one) => one.path === path)
    // Of a file with tests of its own only the product part goes.
    const whole = file?.before === text ? file : undefined
    const said = whole === undefined ? null : quotedIn(whole, hunks)
    unnamed.set(path, said ?? text)
    const more = whole === undefined ? '' : standIns(whole)
    const named = `${(said ?? text ?? '').replace(/\n?$/, '\n')}${more}`
    const isNamed = more !== '' && isProgram(path, named, text ?? '')
    hasNames ||= isNamed
    quoted.set(path, isNamed ? named : (said ?? text))
  }
  return { quoted, unnamed: hasNames ? unnamed : null }
}

function quotedIn({ path, before, after }: ChangedFile, hunks: readonly Hunk[]): string | null {
  const form = formOf(path)
  if (form === undefined || after === null) return null
  // A file that is new says all that it says, and does nothing.
  if (before === null) return after.replaceAll(/^(?=.*\S)/gm, `${form.comment} `)
  const own = hunks.filter((hunk) => hunk.file === path)
  const words = own.map((hunk): Words => {
    const { first, count } = hunk.before
    const at = count === 0 ? [first, first + 1] : numbers(first, first + count - 1)
    // Behind the first of the old lines, so that a function holds them.
    return { before: first + 1, lines: spanOf(after, hunk.after), own: at }
  })
  return withWords(path, before, words)
}

function numbers(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}

/** In characters: what is generated is read as little as needed. */
const largest = 500_000

/** Null where the language is not known, or comments make it another program. */
function withWords(path: string, source: string, all: readonly Words[]): string | null {
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
    .flatMap((line, at) => [
      ...words
        .filter(({ before }) => before === at + 1)
        .flatMap(({ lines }) =>
          lines.map((own) =>
            `${indentOf(own) || indentOf(line)}${form.comment} ${own.trim()}`.trimEnd(),
          ),
        ),
      line,
    ])
    .join('\n')
  const { quote } = form
  const forms = [commented]
  if (quote !== undefined) {
    const old = words.flatMap(({ lines }) => lines).join('\n')
    forms.unshift(`${commented}\n${quote(old)}\n`)
    if (commented.length < largest)
      forms.unshift(`${inside(path, commented, words, quote)}\n${quote(old)}\n`)
  }
  return forms.find((text) => isProgram(path, text, source)) ?? null
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
      .map((number) => number + above(words, number))
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
