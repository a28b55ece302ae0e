import type { ChangedFile } from '../changes/change.ts'
import { readFiles, type Pair } from '../reading/files.ts'
import { definedNames } from '../reading/rename.ts'
import { common, type Node, walk } from '../syntax/node.ts'
import { type Hunk, linesOf } from './hunks.ts'

/**
 * The hunks that only give parameters and local variables of one function another name, where the whole
 * change does so: the old name is gone from the function, and the new one was not there. Taken back
 * alone such a hunk breaks the function, or changes nothing that a test can see.
 */
export function renamingHunks(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
): ReadonlySet<number> {
  const read = readFiles(files.map((file) => ({ ...file, role: 'product' as const })))
  const found = hunks.filter((hunk) => {
    const file = read.find(({ file: { path } }) => path === hunk.file)
    const renames = file === undefined ? null : renamesIn(file.file, hunk)
    if (file === undefined || renames === null) return false
    const pair = file.pairs.find((one) => holds(one, file.file.after ?? '', hunk))
    return pair !== undefined && renames.every(([from, to]) => isRenamed(pair, from, to))
  })
  return new Set(found.map(({ id }) => id))
}

/**
 * What hunks that stay only rename, wherever it is named: with the old name the hunks that are taken back
 * would not fit them.
 *
 * @returns a line of the old text in the names of the new one; null where nothing is renamed so
 */
export function renamedBy(
  files: readonly ChangedFile[],
  staying: readonly Hunk[],
): ((line: string) => string) | null {
  const names = new Map<string, string>()
  for (const hunk of staying) {
    const file = files.find(({ path }) => path === hunk.file)
    const own = file === undefined ? null : renamesIn(file, hunk, () => false)
    for (const [from, to] of own ?? []) {
      if ((names.get(from) ?? to) !== to) return null
      names.set(from, to)
    }
  }
  const has = (text: string | null, name: string): boolean => wordsIn(text).has(name)
  for (const [from, to] of names)
    if (files.some(({ before, after }) => has(before, to) || has(after, from))) names.delete(from)
  if (names.size === 0) return null
  return (line) => line.replaceAll(/[A-Za-z_$][\w$]*/g, (name) => names.get(name) ?? name)
}

function wordsIn(text: string | null): ReadonlySet<string> {
  return new Set(text?.match(/[A-Za-z_$][\w$]*/g))
}

/** Old and new names, if the lines differ in nothing else; not in texts, and not in fields. */
function renamesIn(
  { before, after }: ChangedFile,
  hunk: Hunk,
  isField = mayBeField,
): readonly (readonly [string, string])[] | null {
  const old = tokensOf(before, hunk.before)
  const now = tokensOf(after, hunk.after)
  if (old.length !== now.length || old.some(isQuote)) return null
  const names = new Map<string, string>()
  for (const [at, from] of old.entries()) {
    const to = now[at] ?? ''
    if (from === to) continue
    if (isField(old, at) || !areNames(from, to) || (names.get(from) ?? to) !== to) return null
    names.set(from, to)
  }
  const isOneToOne = new Set(names.values()).size === names.size
  return names.size > 0 && isOneToOne && isEverywhere(names, old, now) ? [...names] : null
}

function isQuote(token: string): boolean {
  return /["'`]/.test(token)
}

function areNames(...tokens: readonly string[]): boolean {
  return tokens.every((token) => /^[A-Za-z_$]/.test(token))
}

/** Whether a renamed token is renamed at each place. */
function isEverywhere(
  names: ReadonlyMap<string, string>,
  old: readonly string[],
  now: readonly string[],
): boolean {
  return old.every((from, at) => (names.get(from) ?? from) === now[at])
}

/** `.tries`, `{ tries }`, `f(tries=3)`: a name that others see. `(call, tries, delay)` holds none. */
function mayBeField(tokens: readonly string[], at: number): boolean {
  const [before = '', after = ''] = [tokens[at - 1], tokens[at + 1]]
  if (before === '.') return true
  if (/^[{,]$/.test(before) && /^[},:]$/.test(after)) return openedBefore(tokens, at) !== '('
  return /^[(,]$/.test(before) && after === '='
}

/** The bracket that a token is in; undefined where it was opened before these lines. */
function openedBefore(tokens: readonly string[], at: number): string | undefined {
  let closed = 0
  for (const token of tokens.slice(0, at).toReversed()) {
    if (/^[)\]}]$/.test(token)) closed += 1
    else if (/^[([{]$/.test(token)) {
      if (closed === 0) return token
      closed -= 1
    }
  }
  return undefined
}

function tokensOf(text: string | null, { first, count }: Hunk['before']): readonly string[] {
  const lines = count === 0 ? [] : (text ?? '').split('\n').slice(first - 1, first - 1 + count)
  return lines.join('\n').match(/[A-Za-z_$][\w$]*|\d+|\n[ \t]*|\S/g) ?? []
}

/** Whether a hunk is all in one function. */
function holds({ before, after }: Pair, source: string, hunk: Hunk): boolean {
  if (before === null || after?.unit.kind !== 'function') return false
  const lineAt = (at: number): number => source.slice(0, at).split('\n').length
  const [first, last] = linesOf(hunk)
  return lineAt(after.unit.from) <= first && last <= lineAt(after.unit.to)
}

function isRenamed({ before, after }: Pair, from: string, to: string): boolean {
  if (before === null || after === null) return false
  return (
    definedNames(before.core).has(from) &&
    definedNames(after.core).has(to) &&
    !namesIn(before.core).has(to) &&
    !namesIn(after.core).has(from)
  )
}

function namesIn(tree: Node): ReadonlySet<string> {
  return new Set([...walk(tree)].filter(({ type }) => type === common.name).map(({ text }) => text))
}
