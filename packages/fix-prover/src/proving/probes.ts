import type { ChangedFile } from '../changes/change.ts'
import { languageOf } from '../syntax/languages.ts'
import { isProgram } from './mutants.ts'
import { inserted, insertionsFor } from './javascript-places.ts'
import { type Hunk, linesOf, withoutHunks } from './hunks.ts'

/** The word in a probe's error, by which a test that ran into it is known. */
export const probeWord = 'canary-gate-probe'

interface Form {
  readonly name: RegExp
  /** Leaves a mark in a file, which no code of the product can swallow, and stops with an error. */
  stops(mark: string): string
  readonly comment: string
}

const javascript = /\.[cm]?[jt]sx?$/

/** How a language stops with an error, and how it writes a comment. */
const forms: readonly Form[] = [
  {
    name: /\.pyi?$/,
    stops: (mark) =>
      `open(${JSON.stringify(mark)}, "a").close(); raise BaseException("${probeWord}")`,
    comment: '#',
  },
  {
    name: javascript,
    stops: (mark) => `if (globalThis) { ${marks(mark)} throw new Error("${probeWord}"); }`,
    comment: '//',
  },
  { name: /\.go$/, stops: () => `panic("${probeWord}")`, comment: '//' },
  { name: /\.rs$/, stops: () => `if true { panic!("${probeWord}"); }`, comment: '//' },
  {
    name: /\.java$/,
    stops: () => `if (true) throw new RuntimeException("${probeWord}");`,
    comment: '//',
  },
]

/**
 * Who called: the stack, which names the test also where the product handles every error. Runners give
 * tests a `process` of their own, and tests replace `node:fs`.
 */
function marks(mark: string): string {
  const append = `globalThis.process["getBuiltinModule"]("node:fs").appendFileSync(${JSON.stringify(mark)}, stack + "\\n")`
  const once = `const seen = globalThis.canaryStacks ??= new Set(); if (!seen.has(stack) && seen.size < ${mostStacks}) { seen.add(stack); ${append} }`
  return `try { const limit = Error.stackTraceLimit; try { Error.stackTraceLimit = 100; const { stack } = new Error(); ${once} } finally { Error.stackTraceLimit = limit } } catch {}`
}

/** Ways to come to a probe; more are not told apart. */
const mostStacks = 500

function formOf(path: string): Form | undefined {
  return forms.find(({ name }) => name.test(path))
}

type Texts = ReadonlyMap<string, string>

/**
 * The file of a hunk with an error at each of its lines that a function executes; empty where there is
 * no such line, as with constants, or the language is not known.
 *
 * @param mark file that is there once a probe was executed, for code that swallows the error
 */
export function stoppedAt(files: readonly ChangedFile[], hunk: Hunk, mark: string): Texts {
  const [first, last] = linesOf(hunk)
  return stopped(files, hunk.file, mark, (lines) => {
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
export function stoppedAtUses(files: readonly ChangedFile[], hunk: Hunk, mark: string): Texts {
  const [first, last] = linesOf(hunk)
  const names = namesOf(files, hunk)
  const all = files
    .map(({ path }) => path)
    .map((path) =>
      stopped(files, path, mark, (text) =>
        text.flatMap((line, at) => {
          const number = at + 1
          const isOwn = path === hunk.file && number >= first && number <= last
          return !isOwn && names.some((name) => wordIn(name).test(line)) ? [number] : []
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
      formOf(path) === undefined
        ? []
        : (after ?? '').split('\n').filter((line) => wordIn(own).test(line)),
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

const defined =
  /^\s*(?:(?:export|default|public|private|static|final|pub|readonly)\s+)*(?:const|let|var|static)?\s*(?<name>[A-Za-z_$][\w$]*)["']?\s*(?::[^=]*)?(?:=(?!=)|:)/
const ofClass =
  /^\s*(?:(?:export|default|abstract|public|final)\s+)*class\s+(?<name>[A-Za-z_$][\w$]*)/
const imported = /^import\s+(?:\*\s+as\s+)?(?<name>[A-Za-z_$][\w$]*)\s+from\b/

function definedIn(line: string): readonly string[] {
  const found = imported.exec(line) ?? defined.exec(line)
  return found?.groups?.['name'] === undefined ? [] : [found.groups['name']]
}

function wordIn(name: string): RegExp {
  return new RegExp(`(?<![\\w$])${name.replaceAll(/[$.+()[\]]/g, String.raw`\$&`)}(?![\\w$])`)
}

function stopped(
  files: readonly ChangedFile[],
  path: string,
  mark: string,
  choose: (lines: readonly string[]) => readonly number[],
): Texts {
  const form = formOf(path)
  const after = files.find((file) => file.path === path)?.after
  if (form === undefined || after === null || after === undefined) return new Map()
  const lines = after.split('\n')
  const wanted = [...new Set(choose(lines))]
  const text = javascript.test(path)
    ? stoppedByTree(path, after, wanted, form.stops(mark))
    : stoppedByLine(path, lines, wanted, form.stops(mark))
  return text === null ? new Map() : new Map([[path, text]])
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
  const numbers = wanted.flatMap((number) => {
    const place = placeAbove(lines, number, (at) => isPlace(lines, at, { path, stops, comment }))
    return place === null ? [] : [place]
  })
  return numbers.length === 0 ? null : withBefore(lines, [...new Set(numbers)], stops)
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
  if (/\.(?:rs|java)$/.test(path) && !/[{};]\s*$/.test(before)) return false
  return isProgram(path, withBefore(lines, [number], stops), lines.join('\n'))
}

function withBefore(lines: readonly string[], numbers: readonly number[], words: string): string {
  return lines
    .flatMap((line, at) =>
      numbers.includes(at + 1) ? [`${indentOf(line)}${words}`, line] : [line],
    )
    .join('\n')
}

/** The files with the change and a comment at each place that changed: nothing else to a program. */
export function withComments(files: readonly ChangedFile[], hunks: readonly Hunk[]): Texts {
  const texts = new Map<string, string>()
  for (const [path, own] of Map.groupBy(hunks, ({ file }) => file)) {
    const after = files.find((file) => file.path === path)?.after
    const form = formOf(path)
    if (after === null || after === undefined || form === undefined) continue
    const lines = after.split('\n')
    const numbers = own.map((hunk) => linesOf(hunk)[0])
    const text = withBefore(lines, numbers, `${form.comment} ${probeWord}`)
    if (isProgram(path, text, after)) texts.set(path, text)
  }
  return texts
}

/** The files without the change, with its lines as comments: what reads the text still finds it. */
export function asComments(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
): ReadonlyMap<string, string | null> {
  const quoted = files.map((file) => {
    const form = formOf(file.path)
    if (form === undefined || file.after === null || file.before === null) return file
    const lines = file.after.split('\n')
    const spans = hunks.filter((hunk) => hunk.file === file.path)
    const before = file.before.split('\n')
    for (const hunk of spans.toSorted((one, other) => other.before.first - one.before.first)) {
      const [first, last] = linesOf(hunk)
      const added = hunk.after.count === 0 ? [] : lines.slice(first - 1, last)
      const at = hunk.before.count === 0 ? hunk.before.first : hunk.before.first - 1
      const old = before.slice(at, at + hunk.before.count)
      // In the place of the lines, behind the first of the old ones, so that a function holds them.
      const kept = old.length === 0 ? 0 : 1
      before.splice(
        at + kept,
        0,
        ...added.map((line) => `${indentOf(line)}${form.comment} ${line.trim()}`),
      )
    }
    const text = before.join('\n')
    return isProgram(file.path, text, file.before) ? { ...file, before: text } : file
  })
  const whole = withoutHunks(files, hunks)
  return new Map(
    [...whole].map(([path, text]) => {
      const file = quoted.find((one) => one.path === path)
      const original = files.find((one) => one.path === path)?.before
      // Of a file with tests of its own only the product part goes.
      return [path, text === null || text !== original ? text : (file?.before ?? text)]
    }),
  )
}

function indentOf(line: string): string {
  return line.slice(0, line.length - line.trimStart().length)
}
