import type { Criterion, Place } from '../criterion.ts'
import { common, dotted, walk } from '../syntax/node.ts'
import { changedStatements } from './compare.ts'
import { type FileSide, treeOf } from './facets.ts'
import type { Pair, ReadFile } from './files.ts'

/**
 * Whether a unit belongs to a criterion: `yes`; `elsewhere`, one of its wide functions that changed
 * without touching what the criterion is about; `no`.
 */
export type Membership = 'yes' | 'elsewhere' | 'no'

/**
 * @param existing paths of the criterion that exist before or after the change; a place whose file
 * does not exist is looked for by its names in every file
 */
export function membershipOf(
  pair: Pair,
  criterion: Criterion,
  existing: ReadonlySet<string>,
  followed: ReadonlyMap<string, ReadonlySet<string>>,
): Membership {
  const paths = [pair.path, ...(pair.movedFrom === null ? [] : [pair.movedFrom])]
  const own = [pair.name, pair.oldName].map((name) => name.replace(/#\d+$/, ''))
  const places = criterion.places.filter(
    ({ file, names }) =>
      own.some((name) => names.includes(name)) && (paths.includes(file) || !existing.has(file)),
  )
  if (places.some((place) => isAbout(pair, place))) return 'yes'
  if (paths.some((path) => own.some((name) => followed.get(path)?.has(name) === true))) return 'yes'
  return places.length > 0 ? 'elsewhere' : 'no'
}

function isAbout(pair: Pair, { onlyAbout }: Place): boolean {
  if (onlyAbout === undefined) return true
  const changed = changedStatements(pair.before?.core ?? null, pair.after?.core ?? null).join('\n')
  return onlyAbout.some((word) => changed.includes(word))
}

/** Per file, the functions and constants that the followed functions use, to the depth asked for. */
export function followCalls(
  criterion: Criterion,
  files: readonly ReadFile[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const { follow } = criterion
  const result = new Map<string, ReadonlySet<string>>()
  if (follow === undefined) return result
  for (const { file, before, after } of files) {
    const names = new Set<string>()
    for (const side of [before, after])
      if (side !== null)
        for (const name of calledFrom(side, follow.from, follow.depth)) names.add(name)
    for (const name of follow.except) names.delete(name)
    result.set(file.path, names)
  }
  return result
}

function calledFrom(side: FileSide, from: readonly string[], depth: number): ReadonlySet<string> {
  const reached = new Set<string>()
  let edge = side.units.filter(({ name }) => from.includes(name))
  for (let step = 0; step < depth; step++) {
    const names = edge.flatMap((unit) => usedNames(side, unit.name))
    edge = side.units.filter(
      ({ name }) => names.includes(name) && !reached.has(name) && !from.includes(name),
    )
    for (const { name } of edge) reached.add(name)
  }
  return reached
}

/** Names of units of the same file that a unit calls, or constants that it mentions. */
function usedNames(side: FileSide, name: string): string[] {
  const unit = side.units.find((candidate) => candidate.name === name)
  if (unit === undefined) return []
  const owner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : null
  const constants = new Set(
    side.units.filter(({ kind }) => kind === 'constant').map((constant) => constant.name),
  )
  return [...walk(treeOf(side, unit))].flatMap((node) => {
    if (node.type === common.name && constants.has(node.text)) return [node.text]
    if (node.type !== common.call || node.children[0] === undefined) return []
    const path = dotted(node.children[0])?.split('.') ?? []
    const isOwn = path.length === 2 && /^(?:self|cls|this)$/.test(path[0] ?? '')
    if (isOwn && owner !== null) return [`${owner}.${path[1] ?? ''}`]
    return path.length === 1 ? [path[0] ?? ''] : []
  })
}
