import { git } from '@canary-gate/programs'
import type { Change } from '../changes/change.ts'
import type { Criterion } from '../changes/criterion.ts'
import { spelledFor } from '../changes/spelling.ts'
import { compare, type CompareContext, type Kind } from './compare.ts'
import { type Membership, membershipOf } from './criterion-units.ts'
import type { Facets, FileSide } from './facets.ts'
import { type Pair, type ReadFile, readFiles } from './files.ts'
import { followCalls } from './follow.ts'
import { definedNames } from './rename.ts'

type Lines = readonly [number, number]

/** What reading says about one changed function, class, constant or rest of a module. */
export interface UnitReading {
  readonly file: string
  readonly name: string
  /** First and last line, in the tree with the fix; of a removed unit in the tree before. */
  readonly lines: Lines
  /** Where it was before; null if it is new. */
  readonly was: { readonly file: string; readonly lines: Lines } | null
  /** Whether other units are inside of it. */
  readonly isAround: boolean
  readonly change: 'changed' | 'added' | 'removed'
  readonly kinds: readonly Kind[]
  readonly membership: Membership
}

/** What reading says about a change. It decides only what is certain: where, and whether anything is done. */
export async function readUnits(change: Change, named: Criterion): Promise<readonly UnitReading[]> {
  const product = change.files.filter(({ role }) => role === 'product')
  const paths = product.map(({ path }) => path)
  const criterion = spelledFor(named, paths)
  const files = readFiles(change.files)
  const pairs = files.flatMap((file) => file.pairs)
  const existing = await existingPlaces(change, criterion)
  const context = contextOf(pairs)
  const followed = await followCalls(criterion, change, files)
  const units = pairs.map((pair) =>
    readPair(pair, files, context, membershipOf(pair, criterion, existing, followed)),
  )
  return units.filter(({ kinds }) => kinds.length > 0)
}

function readPair(
  pair: Pair,
  files: readonly ReadFile[],
  context: CompareContext,
  membership: Membership,
): UnitReading {
  const { path, name, before, after, movedFrom } = pair
  const { was, lines } = placesOf(pair, files)
  const kind = (after ?? before)?.unit.kind
  return {
    ...{ file: path, name, lines, was, membership },
    isAround: kind === 'module' || kind === 'class',
    change: before === null ? 'added' : after === null ? 'removed' : 'changed',
    kinds: kindsOf(compare(before, after, context), movedFrom !== null),
  }
}

function kindsOf(kinds: readonly Kind[], hasMoved: boolean): readonly Kind[] {
  const all = hasMoved ? [...new Set<Kind>([...kinds, 'move'])] : kinds
  return all.length > 1 ? all.filter((one) => one !== 'format') : all
}

function placesOf(
  { path, before, after, movedFrom }: Pair,
  files: readonly ReadFile[],
): Pick<UnitReading, 'was' | 'lines'> {
  const sides = (wanted: string): ReadFile | undefined =>
    files.find(({ file }) => file.path === wanted)
  const old = movedFrom ?? path
  const was = before === null ? null : { file: old, lines: linesOf(before, sides(old)?.before) }
  const now = after === null ? null : linesOf(after, sides(path)?.after)
  return { was, lines: now ?? was?.lines ?? [1, 1] }
}

function linesOf({ unit: { from, to } }: Facets, side: FileSide | null | undefined): Lines {
  const source = side?.source ?? ''
  const first = source.slice(0, from).split('\n').length
  return [first, first + source.slice(from, to).trimEnd().split('\n').length - 1]
}

/** Which places of the criterion exist at all, before or after. */
async function existingPlaces(change: Change, criterion: Criterion): Promise<ReadonlySet<string>> {
  const paths = criterion.places.map(({ file }) => file)
  const list = (tree: string): Promise<string> =>
    git(change.repo, ['ls-tree', '-r', '--name-only', '--full-tree', tree, '--', ...paths])
  const lists = await Promise.all([list(change.base), list(change.fix)])
  return new Set(lists.flatMap((text) => text.split('\n')))
}

/** A rename is one only if, over the whole change, the old definition is gone and the new one is new. */
export function contextOf(pairs: readonly Pair[]): CompareContext {
  const definitions = (side: 'before' | 'after'): Set<string> =>
    new Set(
      pairs.flatMap((pair) => [...(pair[side] === null ? [] : definedNames(pair[side].core))]),
    )
  const old = definitions('before')
  const now = definitions('after')
  return {
    isRename(from, to, core) {
      const isLocal = definedNames(core.before).has(from) && definedNames(core.after).has(to)
      return isLocal || (old.has(from) && !now.has(from) && now.has(to) && !old.has(to))
    },
  }
}
