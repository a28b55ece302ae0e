import type { Criterion, Place } from '../changes/criterion.ts'
import { common, dotted, type Node, walk } from '../syntax/node.ts'
import { changedStatements } from './compare.ts'
import type { Pair } from './files.ts'
import type { Followed } from './follow.ts'

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
  followed: Followed,
): Membership {
  const paths = [pair.path, ...(pair.movedFrom === null ? [] : [pair.movedFrom])]
  const own = [pair.name, pair.oldName].map((name) => name.replace(/#\d+$/, ''))
  const places = criterion.places.filter(
    ({ file, names, within }) =>
      own.some((name) => names.some((one) => isOrHolds(one, name))) &&
      (paths.includes(file) ||
        (!existing.has(file) && paths.some((path) => isWithin(path, within)))),
  )
  if (places.some((place) => isAbout(pair, place))) return 'yes'
  if (paths.some((path) => own.some((name) => followed.get(path)?.has(name) === true))) return 'yes'
  return places.length > 0 ? 'elsewhere' : 'no'
}

/** A class that is named stands for its methods, too. */
function isOrHolds(named: string, name: string): boolean {
  return name === named || name.startsWith(`${named}.`)
}

/** `now` and `EventEmitter._emit` are common names: far from their project they mean something else. */
function isWithin(path: string, folder: string | undefined): boolean {
  return folder === undefined || path.split('/').includes(folder)
}

function isAbout(pair: Pair, { onlyAbout }: Place): boolean {
  if (onlyAbout === undefined) return true
  const old = pair.before?.core ?? null
  const now = pair.after?.core ?? null
  const same = old === null || now === null ? new Set<string>() : equallyCalled(old, now)
  for (const path of same) if (onlyAbout.includes(path.split('.').at(-1) ?? path)) same.delete(path)
  const masked = (core: Node | null): Node | null => core && withoutCallees(core, same)
  const changed = changedStatements(masked(old), masked(now)).join('\n')
  return onlyAbout.some((word) => changed.includes(word))
}

/**
 * Functions that are called as often as before. That a statement calls `sync_all_queued_events` does
 * not make another argument of the call a matter of queued events.
 */
function equallyCalled(before: Node, after: Node): Set<string> {
  const old = callCounts(before)
  const now = callCounts(after)
  return new Set([...old].filter(([path, count]) => now.get(path) === count).map(([path]) => path))
}

function callCounts(tree: Node): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const node of walk(tree)) {
    const path = calleeOf(node)
    if (path !== null) counts.set(path, (counts.get(path) ?? 0) + 1)
  }
  return counts
}

function calleeOf({ type, children: [callee] }: Node): string | null {
  return type === common.call && callee !== undefined ? dotted(callee) : null
}

function withoutCallees(tree: Node, paths: ReadonlySet<string>): Node {
  const children = tree.children.map((child) => withoutCallees(child, paths))
  if (!paths.has(calleeOf(tree) ?? '')) return { ...tree, children }
  return { ...tree, children: children.slice(1) }
}
