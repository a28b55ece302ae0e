import type { ChangedFile } from '../changes/change.ts'
import { compare } from '../reading/compare.ts'
import { type Pair, readFiles } from '../reading/files.ts'
import { contextOf } from '../reading/units.ts'
import { foreignCode } from '../syntax/foreign-code.ts'
import { languageOf } from '../syntax/languages.ts'
import { type Hunk, withoutHunks } from './hunks.ts'
import { renamingHunks } from './renames.ts'

/** More pairs than these are not compared: a change that moves so much is proven as a whole. */
const mostPairs = 100

/** The hunks that change nothing alone, or as the two ends of one move: of a file or of a function. */
export function inertHunks(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
): ReadonlySet<number> {
  const renaming = renamingHunks(files, hunks)
  const isInert = (hunk: Hunk): boolean => renaming.has(hunk.id) || areInert(files, [hunk])
  const found = new Set(hunks.filter(isInert).map(({ id }) => id))
  const open = hunks.filter(({ id }) => !found.has(id))
  const gone = open.filter(({ after }) => after.count === 0)
  const added = open.filter(({ before }) => before.count === 0)
  const movedAway = gone.filter(({ file }) => isMovedAway(files, file)).map(({ id }) => id)
  if (gone.length * added.length > mostPairs) return new Set([...found, ...movedAway])
  for (const from of gone) {
    const isEnd = (to: Hunk): boolean => !found.has(to.id) && areInert(files, [from, to])
    const to = added.find(isEnd)
    if (to !== undefined) found.add(from.id).add(to.id)
  }
  return new Set([...found, ...movedAway])
}

/** Whether a file is gone, and everything that it defined is new in other files: there it is judged. */
function isMovedAway(files: readonly ChangedFile[], path: string): boolean {
  const gone = files.find((file) => file.path === path)
  if (gone?.after !== null) return false
  const added = files.flatMap((file) => {
    const old = new Set(namesIn(file.path, file.before))
    return namesIn(file.path, file.after).filter((name) => !old.has(name))
  })
  const names = namesIn(path, gone.before)
  return names.length > 0 && names.every((name) => added.includes(name))
}

function namesIn(path: string, text: string | null): readonly string[] {
  const language = languageOf(path)
  if (language === null || text === null) return []
  const units = language.units(language.parse(text))
  return units.flatMap(({ kind, name }) => (kind === 'module' ? [] : [name]))
}

/**
 * Whether some hunks change nothing that a program does: comments, layout, types, and, with all of
 * them together, names and places. In languages that are not parsed here only comments and layout.
 */
export function areInert(files: readonly ChangedFile[], hunks: readonly Hunk[]): boolean {
  const texts = withoutHunks(files, hunks)
  const changed = files
    .filter(({ path }) => texts.has(path))
    .map((file) => ({ ...file, role: 'product' as const, before: texts.get(file.path) ?? null }))
  const read = changed.filter(({ path }) => languageOf(path) !== null)
  const others = changed.filter(({ path }) => languageOf(path) === null)
  return others.every(isOnlyComment) && (read.length === 0 || isOnlyLayout(read))
}

const inertKinds = new Set(['comment', 'format', 'typing', 'rename', 'move', 'import'])

function isOnlyLayout(files: readonly ChangedFile[]): boolean {
  const read = readFiles(files)
  if (read.length < files.length) return false
  const pairs = read.flatMap((file) => file.pairs)
  const context = contextOf(pairs)
  const isMove = pairs.some(({ movedFrom }) => movedFrom !== null)
  return pairs.every((pair) => {
    const kinds = compare(pair.before, pair.after, context)
    const isQuiet = kinds.every((kind) => inertKinds.has(kind))
    return isQuiet && (isMove || !kinds.includes('import') || keepsImports(pair))
  })
}

/** A name that comes from elsewhere now may do something else; one that is only added or gone does not. */
function keepsImports({ before, after }: Pair): boolean {
  const old = new Map(before?.side.imports)
  return (after?.side.imports ?? []).every(
    ([local, source]) => (old.get(local) ?? source) === source,
  )
}

function isOnlyComment({ path, before, after }: ChangedFile): boolean {
  if (before === null || after === null) return false
  const code = foreignCode(path, before)
  return (code ?? linesOf(before)) === (foreignCode(path, after) ?? linesOf(after))
}

/** Of a form that is not known only blank lines are nothing. */
function linesOf(text: string): string {
  return text.replaceAll(/\n(?:[^\S\n]*\n)+/g, '\n').trim()
}
