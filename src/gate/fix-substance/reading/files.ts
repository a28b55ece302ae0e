import type { ChangedFile } from '../change.ts'
import type { Unit } from '../syntax/language.ts'
import { languageOf } from '../syntax/languages.ts'
import { common, type Node, print } from '../syntax/node.ts'
import { type Facets, facetsOf, type FileSide, openSide, treeOf } from './facets.ts'
import type { OutputNames } from './output.ts'
import { withoutOutput } from './strip.ts'

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
  /** File it stood in before, where that is another one now. */
  readonly movedFrom: string | null
}

/** Opens all product files of a change that some language here reads. */
export function readFiles(
  files: readonly ChangedFile[],
  listed: readonly string[],
): readonly ReadFile[] {
  const opened = files.flatMap((file) => {
    const language = languageOf(file.path)
    if (file.role !== 'product' || language === null) return []
    const open = (source: string | null): FileSide | null =>
      source === null ? null : openSide(file.path, source, language)
    return [{ file, before: open(file.before), after: open(file.after) }]
  })
  const names = {
    helpers: helpersOf(opened.flatMap(({ before, after }) => [before, after])),
    listed,
  }
  return joinMoved(opened.map((sides) => ({ ...sides, pairs: pairsOf(sides, names) })))
}

/** Functions of the change that do nothing but output; a call of one is output, too. */
function helpersOf(sides: readonly (FileSide | null)[]): ReadonlySet<string> {
  const helpers = new Set<string>()
  const ambiguous = new Set<string>()
  for (const side of sides)
    for (const unit of side?.units ?? []) {
      if (side === null || unit.kind !== 'function') continue
      const name = unit.name.split('.').at(-1) ?? unit.name
      if (isOutputFunction(side, unit)) helpers.add(name)
      else ambiguous.add(name)
    }
  return new Set([...helpers].filter((name) => !ambiguous.has(name)))
}

function isOutputFunction(side: FileSide, unit: Unit): boolean {
  const { tree, output } = withoutOutput(treeOf(side, unit), { helpers: new Set(), listed: [] })
  if (output.length === 0) return false
  const body = blocksOf(tree)
  return body.every(({ type, children }) => type === 'ReturnStatement' && children.length <= 1)
}

/** Statements of the function's own body. */
function blocksOf(tree: Node): readonly Node[] {
  const inside = (node: Node): Node[] =>
    node.type === common.block ? [...node.children] : node.children.flatMap(inside)
  return tree.children.flatMap(inside)
}

interface Sides {
  readonly file: ChangedFile
  readonly before: FileSide | null
  readonly after: FileSide | null
}

function pairsOf({ file, before, after }: Sides, names: OutputNames): readonly Pair[] {
  const unitNames = [...(before?.units ?? []), ...(after?.units ?? [])].map(({ name }) => name)
  return [...new Set(unitNames)].flatMap((name) => {
    const old = unitOf(before, name)
    const now = unitOf(after, name)
    if (old !== null && now !== null && sameText(old, now)) return []
    const facets = (side: { side: FileSide; unit: Unit } | null): Facets | null =>
      side === null ? null : facetsOf(side.side, side.unit, names)
    return [{ path: file.path, name, before: facets(old), after: facets(now), movedFrom: null }]
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

/** A unit that vanished in one file and appeared under the same name in another has moved. */
function joinMoved(files: readonly ReadFile[]): readonly ReadFile[] {
  const isMovable = ({ name }: Pair): boolean => name !== '<module>'
  const removed = files.flatMap(({ pairs }) =>
    pairs.filter((pair) => pair.after === null && isMovable(pair)),
  )
  const added = files.flatMap(({ pairs }) =>
    pairs.filter((pair) => pair.before === null && isMovable(pair)),
  )
  const joined = new Map<Pair, Pair>()
  for (const pair of added) {
    const from = removed.find(
      (other) => !joined.has(other) && other.path !== pair.path && isSameUnit(other, pair),
    )
    if (from === undefined) continue
    joined.set(from, pair)
    joined.set(pair, { ...pair, before: from.before, movedFrom: from.path })
  }
  return files.map((file) => ({
    ...file,
    pairs: file.pairs.flatMap((pair) => {
      const replacement = joined.get(pair)
      if (replacement === undefined) return [pair]
      return pair.after === null ? [] : [replacement]
    }),
  }))
}

/** Same qualified name, or another owner but the very same body. */
function isSameUnit(removed: Pair, added: Pair): boolean {
  if (removed.name === added.name) return true
  const simple = (name: string): string => name.split('.').at(-1) ?? name
  if (
    simple(removed.name) !== simple(added.name) ||
    removed.before === null ||
    added.after === null
  )
    return false
  return print(removed.before.core) === print(added.after.core)
}
