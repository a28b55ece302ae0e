import { common, type Node, print, walk } from '../syntax/node.ts'
import type { Facets } from './facets.ts'
import { statementsOf, withoutIneffective } from './ineffective.ts'
import { renamesBetween, type Renames } from './rename.ts'

/** What kind of change a unit has undergone. */
export type Kind =
  | 'behaviour'
  | 'ineffective'
  | 'timing'
  | 'logging'
  | 'import'
  | 'rename'
  | 'move'
  | 'typing'
  | 'comment'
  | 'format'

export interface Comparison {
  readonly kinds: readonly Kind[]
  /** Statements that have no effect, in words. */
  readonly suspicious: readonly string[]
}

export interface CompareContext {
  /** Attributes and module names that no product code reads. */
  readonly unread: ReadonlySet<string>
  /** Whether a rename is one: the old name is gone and the new one defined, over the whole change. */
  isRename(from: string, to: string, core: { before: Node; after: Node }): boolean
}

/** Compares two sides of a unit; one side is null where the unit was added or removed. */
export function compare(
  before: Facets | null,
  after: Facets | null,
  context: CompareContext,
): Comparison {
  const core = compareCores(before, after, context)
  const kinds = new Set<Kind>([...core.kinds, ...compareSides(before, after)])
  if (kinds.size === 0 && before?.text !== after?.text) kinds.add('format')
  return { kinds: [...kinds], suspicious: core.suspicious }
}

/** What may change beside behaviour, each on its own. */
function compareSides(before: Facets | null, after: Facets | null): Kind[] {
  const parts: readonly (readonly [Kind, (facets: Facets) => readonly string[]])[] = [
    ['logging', ({ output }) => output],
    ['timing', ({ timing }) => timing],
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
): Comparison {
  const nothing: Comparison = { kinds: [], suspicious: [] }
  if (before === null || after === null) return loneCore(before ?? after, context)
  if (print(before.core) === print(after.core)) return nothing
  if (print(before.asking) === print(after.asking)) return nothing
  const renames = renamesBetween(before.core, after.core)
  if (renames !== null && allRenamed(renames, before.core, after.core, context))
    return { ...nothing, kinds: ['rename'] }
  const siftedBefore = withoutIneffective(before.core, context.unread)
  const siftedAfter = withoutIneffective(after.core, context.unread)
  const suspicious = newlyIneffective(siftedBefore.ineffective, siftedAfter.ineffective)
  const isSame = print(siftedBefore.tree) === print(siftedAfter.tree)
  return { kinds: [isSame ? 'ineffective' : 'behaviour'], suspicious }
}

/** An added or removed unit does something unless nothing is left of it but its head. */
function loneCore(only: Facets | null, context: CompareContext): Comparison {
  if (only === null) return { kinds: [], suspicious: [] }
  const { tree, ineffective } = withoutIneffective(only.core, context.unread)
  const suspicious = ineffective.map(inWords)
  if (isEmpty(only.core, only.unit.kind))
    return { kinds: only.output.length > 0 ? [] : ['format'], suspicious }
  return { kinds: [isEmpty(tree, only.unit.kind) ? 'ineffective' : 'behaviour'], suspicious }
}

/** Whether nothing is left of a unit: no statement, or a function whose body does nothing. */
function isEmpty(core: Node, kind: Facets['unit']['kind']): boolean {
  if (core.children.length === 0) return true
  if (kind === 'module' || kind === 'constant') return false
  const blocks = [...walk(core)].filter(({ type }) => type === common.block).slice(1)
  const statements = blocks.flatMap(({ children }) => children)
  return (
    blocks.length > 0 &&
    statements.every(({ type, children }) => type === 'ReturnStatement' && children.length <= 1)
  )
}

function allRenamed(renames: Renames, before: Node, after: Node, context: CompareContext): boolean {
  return [...renames].every(([from, to]) => context.isRename(from, to, { before, after }))
}

function differ(before: readonly string[], after: readonly string[]): boolean {
  return before.length !== after.length || before.some((text, at) => text !== after[at])
}

function newlyIneffective(before: readonly Node[], after: readonly Node[]): string[] {
  const known = new Set(before.map(print))
  return after.filter((node) => !known.has(print(node))).map(inWords)
}

function inWords(node: Node): string {
  const text = [...walk(node)]
    .map((part) => part.text)
    .filter((part) => part !== '')
    .join(' ')
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}

/** Statements that one side has and the other has not, each without the blocks inside it. */
export function changedStatements(before: Node | null, after: Node | null): readonly string[] {
  const old = headsOf(before)
  const now = headsOf(after)
  return [...difference(old, now), ...difference(now, old)]
}

function headsOf(tree: Node | null): readonly string[] {
  return tree === null ? [] : statementsOf(tree).map((statement) => print(withoutBlocks(statement)))
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
