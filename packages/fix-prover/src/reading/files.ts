import type { ChangedFile } from '../changes/change.ts'
import type { Unit } from '../syntax/language.ts'
import { languageOf } from '../syntax/languages.ts'
import { print } from '../syntax/node.ts'
import { type Facets, facetsOf, type FileSide, openSide } from './facets.ts'
import { renamesBetween } from './rename.ts'

/** A changed product file with both sides taken apart. */
export interface ReadFile {
  readonly file: ChangedFile
  readonly before: FileSide | null
  readonly after: FileSide | null
  readonly pairs: readonly Pair[]
}

/** The two sides of a unit; one is null where it was added or removed. */
export interface Pair {
  readonly path: string
  readonly name: string
  readonly before: Facets | null
  readonly after: Facets | null
  /** Name it had before; the same one unless it was renamed. */
  readonly oldName: string
  /** File it stood in before, where that is another one now. */
  readonly movedFrom: string | null
}

/** Opens all product files of a change that some language here reads. */
export function readFiles(files: readonly ChangedFile[]): readonly ReadFile[] {
  const opened = files.flatMap((file) => {
    const language = languageOf(file.path)
    if (file.role !== 'product' || language === null) return []
    const open = (source: string | null): FileSide | null =>
      source === null ? null : openSide(file.path, source, language)
    return [{ file, before: open(file.before), after: open(file.after) }]
  })
  return joinMoved(opened.map((sides) => ({ ...sides, pairs: pairsOf(sides) })))
}

interface Sides {
  readonly file: ChangedFile
  readonly before: FileSide | null
  readonly after: FileSide | null
}

function pairsOf({ file, before, after }: Sides): readonly Pair[] {
  const unitNames = [...(before?.units ?? []), ...(after?.units ?? [])].map(({ name }) => name)
  return [...new Set(unitNames)].flatMap((name) => {
    const old = unitOf(before, name)
    const now = unitOf(after, name)
    if (old !== null && now !== null && sameText(old, now)) return []
    const facets = (side: { side: FileSide; unit: Unit } | null): Facets | null =>
      side === null ? null : facetsOf(side.side, side.unit)
    const sides = { before: facets(old), after: facets(now) }
    return [{ path: file.path, name, oldName: name, ...sides, movedFrom: null }]
  })
}

function unitOf(side: FileSide | null, name: string): { side: FileSide; unit: Unit } | null {
  const unit = side?.units.find((candidate) => candidate.name === name)
  return side === null || unit === undefined ? null : { side, unit }
}

/** Classes and modules contain other units, so their text says nothing about themselves. */
function sameText(
  old: { side: FileSide; unit: Unit },
  now: { side: FileSide; unit: Unit },
): boolean {
  if (old.unit.kind === 'module' || old.unit.kind === 'class') return false
  const text = ({ side, unit }: { side: FileSide; unit: Unit }): string =>
    side.source.slice(unit.from, unit.to)
  return text(old) === text(now)
}

/** A unit that vanished in one place and appeared in another has moved or got another name. */
function joinMoved(files: readonly ReadFile[]): readonly ReadFile[] {
  const movable = files.flatMap(({ pairs }) => pairs).filter(({ name }) => name !== '<module>')
  const removed = movable.filter(({ after }) => after === null)
  const taken = new Set<Pair>()
  const joined = new Map<Pair, Pair>()
  for (const pair of movable.filter(({ before }) => before === null)) {
    const free = removed.filter((other) => !taken.has(other))
    const from =
      free.find((other) => hasMoved(other, pair)) ?? free.find((other) => isRenamed(other, pair))
    if (from === undefined) continue
    taken.add(from)
    const movedFrom = from.path === pair.path ? null : from.path
    joined.set(pair, { ...pair, before: from.before, oldName: from.name, movedFrom })
  }
  return files.map((file) => ({
    ...file,
    pairs: file.pairs.filter((pair) => !taken.has(pair)).map((pair) => joined.get(pair) ?? pair),
  }))
}

const simpleName = (name: string): string => name.split('.').at(-1) ?? name

/** The same qualified name in another file, or the same function with the very same body elsewhere. */
function hasMoved(removed: Pair, added: Pair): boolean {
  if (removed.name === added.name) return true
  if (removed.before === null || added.after === null) return false
  const isSameFunction = simpleName(removed.name) === simpleName(added.name)
  return isSameFunction && print(removed.before.core) === print(added.after.core)
}

/** Another name for a body that is the same but for names. */
function isRenamed(removed: Pair, added: Pair): boolean {
  const { before } = removed
  const { after } = added
  if (before === null || before.unit.kind !== after?.unit.kind) return false
  const renames = renamesBetween(before.core, after.core)
  return renames?.get(simpleName(removed.name)) === simpleName(added.name)
}
