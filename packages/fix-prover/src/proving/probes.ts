import { posix } from 'node:path'
import type { ChangedFile } from '../changes/change.ts'
import { type Form, formOf, indentOf, javascript, type Texts, withBefore } from './forms.ts'
import { stoppedByBraces } from './foreign-places.ts'
import { languageOf } from '../syntax/languages.ts'
import { foreignTexts } from '../syntax/foreign-code.ts'
import { walk } from '../syntax/node.ts'
import { isProgram } from './mutants.ts'
import { inserted, insertionsFor } from './javascript-places.ts'
import { type Hunk, linesOf } from './hunks.ts'

/**
 * What a probe does: `stops` with an error, and leaves a mark; only `raises` the error, where a mark cannot
 * be left; `passes`, and notes who called, where the language can say it; or, where one test runs `alone`,
 * notes that it was there and goes on, where the language cannot.
 */
export interface Probing {
  readonly mark: string
  readonly kind?: 'stops' | 'raises' | 'passes' | 'alone'
}

/**
 * The file of a hunk with an error at each of its lines that a function executes; empty where there is
 * no such line, as with constants, or the language is not known.
 *
 * @param how its mark is a file that is there once a probe was executed, for code that swallows the error
 */
export function stoppedAt(files: readonly ChangedFile[], hunk: Hunk, how: Probing): Texts {
  const [first, last] = linesOf(hunk)
  return stopped(files, hunk.file, how, (lines) => {
    const own = Array.from({ length: last - first + 1 }, (_, at) => first + at)
    // A changed head of a function is executed with the function.
    const isHead = (number: number): boolean => /[:{]\s*$/.test(lines[number - 1] ?? '')
    const decorated = own
      .filter((number) => /^\s*@[A-Za-z]/.test(lines[number - 1] ?? ''))
      .flatMap((number) => [1, 2, 3, 4].map((more) => number + more).find(isHead) ?? [])
    // An error at the head itself would stop what is around it from loading.
    const inner = own.filter(
      (number) => !/^\s*(?:@\w|def |async def |class .*:\s*$)/.test(lines[number - 1] ?? ''),
    )
    return [...inner, ...[...own.filter(isHead), ...decorated].map((number) => number + 1)]
  })
}

/**
 * The files with an error at each line that uses what a hunk outside of functions defines, or that names
 * a data file and what such a line defines.
 *
 * @param files the changed ones, and those that use a name of the hunk
 */
export function stoppedAtUses(files: readonly ChangedFile[], hunk: Hunk, how: Probing): Texts {
  const [first, last] = linesOf(hunk)
  const uses = [...namesOf(files, hunk).map(wordIn), ...folderOf(hunk.file).map(inQuotes)]
  const all = files
    .map(({ path }) => path)
    .map((path) =>
      stopped(files, path, how, (text) =>
        text.flatMap((line, at) => {
          const number = at + 1
          const isOwn = path === hunk.file && number >= first && number <= last
          return !isOwn && uses.some((use) => use.test(line)) ? [number] : []
        }),
      ),
    )
  return new Map(all.flatMap((texts) => [...texts]))
}

/** Names by which code uses what a hunk changes outside of functions; of a data file, also its own name. */
export function namesOf(files: readonly ChangedFile[], hunk: Hunk): readonly string[] {
  const [first, last] = linesOf(hunk)
  if (formOf(hunk.file) === undefined) {
    const own = hunk.file.slice(hunk.file.lastIndexOf('/') + 1)
    const at = files.flatMap(({ path, after }) =>
      formOf(path) === undefined ? [] : namingLines((after ?? '').split('\n'), wordIn(own)),
    )
    return [own, ...at.flatMap(definedIn)]
  }
  const lines = files.find((file) => file.path === hunk.file)?.after?.split('\n') ?? []
  // The table that an entry is in; a member of a class is in none.
  const head = lines.slice(0, last).findLast((line) => /^[^\s)\]}]/.test(line)) ?? ''
  const own = lines.slice(first - 1, last)
  const classes = own.flatMap((line) => ofClass.exec(line)?.groups?.['name'] ?? [])
  return [...new Set([...[...own, head].flatMap(definedIn), ...classes])]
}

/** Lines with a word; of a comment or an attribute (`//go:embed words.txt`) also what it is about. */
function namingLines(lines: readonly string[], word: RegExp): readonly string[] {
  return lines.filter((line, at) => {
    const above = lines[at - 1] ?? ''
    return word.test(line) || (/^\s*(?:\/\/|#\[|@)/.test(above) && word.test(above))
  })
}

const defined =
  /^\s*(?:(?:export|default|public|private|static|final|pub|readonly)\s+)*(?:const|let|var|static)?\s*(?<name>[A-Za-z_$][\w$]*)["']?\s*(?::[^=]*)?(?:=(?!=)|:)/
const ofClass =
  /^\s*(?:(?:export|default|abstract|public|final)\s+)*class\s+(?<name>[A-Za-z_$][\w$]*)/
const imported = /^import\s+(?:\*\s+as\s+)?(?<name>[A-Za-z_$][\w$]*)\s+from\b/

/** `private static final int MOST = 5;`: the type is before the name. */
const typed =
  /^\s*(?:(?:public|protected|private|static|final)\s+)+[\w<>[\],.? ]+?\s(?<name>\w+)\s*[=;]/
/** `var words string`: no value is given. */
const valueless = /^var\s+(?<name>\w+)\s/

function definedIn(line: string): readonly string[] {
  for (const form of [imported, typed, valueless, defined]) {
    const name = form.exec(line)?.groups?.['name']
    if (name !== undefined) return [name]
  }
  return []
}

function wordIn(name: string): RegExp {
  return new RegExp(`(?<![\\w$])${escaped(name)}(?![\\w$])`)
}

function escaped(name: string): string {
  return name.replaceAll(/[$.+()[\]]/g, String.raw`\$&`)
}

/** The folder of a data file, for code that computes the file's name. */
export function folderOf(path: string): readonly string[] {
  const folder = posix.basename(posix.dirname(path))
  return formOf(path) !== undefined || folder.length < 2 ? [] : [folder]
}

/** A word as a part of a text: `'locales/'`, `${root}/locales/${name}`. */
function inQuotes(name: string): RegExp {
  return new RegExp(`(?<=['"\`/])${escaped(name)}(?=['"\`/])`)
}

function stopped(
  files: readonly ChangedFile[],
  path: string,
  how: Probing,
  choose: (lines: readonly string[]) => readonly number[],
): Texts {
  const form = formOf(path)
  const after = files.find((file) => file.path === path)?.after
  if (form === undefined || after === null || after === undefined) return new Map()
  const words = wordsOf(form, how)
  if (words === undefined) return new Map()
  const text = inFunctions(path, after, choose(after.split('\n')), words)
  return text === null ? new Map() : new Map([[path, form.imports?.(text) ?? text]])
}

function wordsOf(form: Form, { mark, kind = 'stops' }: Probing): string | undefined {
  if (kind === 'stops') return form.stops(mark)
  if (kind === 'raises') return form.raises?.()
  return kind === 'alone' ? (form.notes?.(mark) ?? form.stops(mark)) : form.passes?.(mark)
}

/** Of a hunk of more lines, as generated files have, the first ones stand for it. */
const mostPlaces = 1000

/** A file with a statement before some of its lines, where a function executes them; null: nowhere. */
export function inFunctions(
  path: string,
  source: string,
  numbers: readonly number[],
  words: string,
): string | null {
  const wanted = [...new Set(numbers)].slice(0, mostPlaces)
  return javascript.test(path)
    ? stoppedByTree(path, source, wanted, words)
    : path.endsWith('.py')
      ? stoppedByLine(path, source.split('\n'), wanted, words)
      : stoppedByBraces(path, source, wanted, words)
}

function stoppedByTree(
  path: string,
  source: string,
  numbers: readonly number[],
  stops: string,
): string | null {
  const tree = languageOf(path)?.parse(source)
  if (tree === undefined) return null
  const ends = lineEnds(source)
  const spans = numbers.flatMap((number) => {
    const from = number === 1 ? 0 : (ends[number - 2] ?? -1) + 1
    const line = source.slice(from, ends[number - 1] ?? source.length)
    const text = line.trim()
    if (text === '' || text.startsWith('//')) return []
    const start = from + line.indexOf(text)
    return [[start, start + text.replace(/[;,]+$/, '').length] as const]
  })
  const statement = `${stops} `
  const insertions = insertionsFor(tree, spans, { statement, expression: `(() => { ${stops} })()` })
  const text = inserted(source, insertions)
  return insertions.length === 0 || !isProgram(path, text, source) ? null : text
}

function lineEnds(source: string): readonly number[] {
  const ends: number[] = []
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) ends.push(at)
  return [...ends, source.length]
}

/** The lines themselves, or the nearest above at which a statement begins. */
function stoppedByLine(
  path: string,
  lines: readonly string[],
  wanted: readonly number[],
  stops: string,
): string | null {
  const comment = formOf(path)?.comment ?? '#'
  const isExecuted = executedIn(path, lines)
  const texts = textsIn(path, lines.join('\n'))
  const isText = (at: number): boolean => texts.some(([first, last]) => first < at && at <= last)
  const isGood = (at: number): boolean =>
    isExecuted(at) && !isText(at) && isPlace(lines, at, { path, stops, comment })
  const numbers = wanted.flatMap((number) => placeAbove(lines, number, isGood) ?? [])
  return numbers.length === 0 ? null : withBefore(lines, [...new Set(numbers)], stops)
}

/** Whether a line is executed with a function; the body of a class is executed while it is loaded. */
function executedIn(path: string, lines: readonly string[]): (number: number) => boolean {
  const tree = languageOf(path)?.parse(lines.join('\n'))
  const bodies = [...(tree === undefined ? [] : walk(tree))].flatMap(({ type, children }) =>
    children
      .filter((child) => child.type === 'Body' && /^(?:Function|Class)Definition$/.test(type))
      .map(({ from, to }) => ({ type, from, to })),
  )
  return (number) => {
    const line = lines[number - 1] ?? ''
    const at = lines.slice(0, number - 1).join('\n').length + 1 + indentOf(line).length
    // Outer bodies come first.
    const around = bodies.findLast(({ from, to }) => from <= at && at < to)
    return around?.type === 'FunctionDefinition'
  }
}

/** First and last line of the texts of several lines. */
export function textsIn(path: string, source: string): readonly (readonly [number, number])[] {
  const tree = languageOf(path)?.parse(source)
  const lineAt = (at: number): number => source.slice(0, at).split('\n').length
  const texts =
    tree === undefined
      ? foreignTexts(path, source)
      : [...walk(tree)]
          .filter(({ type }) => type.endsWith('String'))
          .map(({ from, to }) => [from, to] as const)
  return texts
    .filter(([from, to]) => source.slice(from, to).includes('\n'))
    .map(([from, to]) => [lineAt(from), lineAt(to)] as const)
}

/** More lines than these are not one statement. */
const longestStatement = 30

function placeAbove(
  lines: readonly string[],
  number: number,
  isGood: (number: number) => boolean,
): number | null {
  if ((lines[number - 1] ?? '').trim() === '') return null
  for (let at = number; at > Math.max(0, number - longestStatement); at--) {
    const line = lines[at - 1] ?? ''
    if (/^\S/.test(line)) return null
    if (indentOf(line).length <= indentOf(lines[number - 1] ?? '').length && isGood(at)) return at
  }
  return null
}

interface Place {
  readonly path: string
  readonly stops: string
  readonly comment: string
}

/** Inside of something, and where a statement begins. */
function isPlace(lines: readonly string[], number: number, place: Place): boolean {
  const { path, stops, comment } = place
  const line = lines[number - 1] ?? ''
  if (!/^\s+\S/.test(line) || line.trimStart().startsWith(comment)) return false
  const before = lines.slice(0, number - 1).findLast((one) => one.trim() !== '') ?? ''
  if (/[,(.[=+&|]\s*$/.test(before)) return false
  return isProgram(path, withBefore(lines, [number], stops), lines.join('\n'))
}
