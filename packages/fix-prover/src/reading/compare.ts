import { common, type Node, print, walk } from '../syntax/node.ts'
import type { Facets } from './facets.ts'
import { renamesBetween, type Renames } from './rename.ts'

/** What kind of change a unit has undergone. All but `behaviour` are certain. */
export type Kind = 'behaviour' | 'import' | 'rename' | 'move' | 'typing' | 'comment' | 'format'

export interface CompareContext {
  /** Whether a rename is one: the old name is gone and the new one defined, over the whole change. */
  isRename(from: string, to: string, core: { before: Node; after: Node }): boolean
}

/** Compares two sides of a unit; one side is null where the unit was added or removed. */
export function compare(
  before: Facets | null,
  after: Facets | null,
  context: CompareContext,
): readonly Kind[] {
  const kinds = new Set<Kind>([
    ...compareCores(before, after, context),
    ...compareSides(before, after),
  ])
  if (kinds.size === 0 && before?.text !== after?.text) kinds.add('format')
  return [...kinds]
}

/** What may change along with behaviour, each on its own. */
function compareSides(before: Facets | null, after: Facets | null): Kind[] {
  const parts: readonly (readonly [Kind, (facets: Facets) => readonly string[]])[] = [
    ['typing', ({ side }) => side.types],
    ['comment', ({ side }) => side.comments],
    ['import', ({ side }) => side.imports.map((pair) => pair.join(' ')).toSorted()],
  ]
  const nothing: readonly string[] = []
  return parts
    .filter(([, part]) => differ(before ? part(before) : nothing, after ? part(after) : nothing))
    .map(([kind]) => kind)
}

function compareCores(
  before: Facets | null,
  after: Facets | null,
  context: CompareContext,
): readonly Kind[] {
  if (before === null || after === null) {
    const core = (before ?? after)?.core
    return core === undefined || core.children.length === 0 ? [] : ['behaviour']
  }
  if (print(before.core) === print(after.core)) return []
  const renames = renamesBetween(before.core, after.core)
  const isRename = renames !== null && allRenamed(renames, before.core, after.core, context)
  return [isRename ? 'rename' : 'behaviour']
}

function allRenamed(renames: Renames, before: Node, after: Node, context: CompareContext): boolean {
  return [...renames].every(([from, to]) => context.isRename(from, to, { before, after }))
}

function differ(before: readonly string[], after: readonly string[]): boolean {
  return before.length !== after.length || before.some((text, at) => text !== after[at])
}

/** Statements that one side has and the other has not, each without the blocks inside it. */
export function changedStatements(before: Node | null, after: Node | null): readonly string[] {
  const old = headsOf(before)
  const now = headsOf(after)
  return [...difference(old, now), ...difference(now, old)]
}

function headsOf(tree: Node | null): readonly string[] {
  if (tree === null) return []
  const blocks = [...walk(tree)].filter(({ type }) => type === common.block)
  return blocks
    .flatMap(({ children }) => children)
    .map((statement) => print(withoutBlocks(statement)))
}

function withoutBlocks(node: Node): Node {
  if (node.type === common.block) return { ...node, children: [] }
  return { ...node, children: node.children.map(withoutBlocks) }
}

function difference(one: readonly string[], other: readonly string[]): readonly string[] {
  const left = [...other]
  return one.filter((text) => {
    const at = left.indexOf(text)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}
