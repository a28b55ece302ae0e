import { common, type Node, walk } from '../syntax/node.ts'

/** Old name → new name, for trees that differ in nothing else. */
export type Renames = ReadonlyMap<string, string>

const nameTypes = new Set<string>([common.name, common.property])

/**
 * The renames that turn one tree into another, or null if they differ in more than names. Each old
 * name has one new name and the other way round, and no name is reused for something else.
 */
export function renamesBetween(before: Node, after: Node): Renames | null {
  const renames = new Map<string, string>()
  const backwards = new Map<string, string>()
  if (!sameShape(before, after, renames, backwards)) return null
  const changed = [...renames].filter(([from, to]) => from !== to)
  const namesBefore = namesIn(before)
  const namesAfter = namesIn(after)
  const isClean = changed.every(([from, to]) => !namesAfter.has(from) && !namesBefore.has(to))
  return isClean ? new Map(changed) : null
}

function sameShape(
  before: Node,
  after: Node,
  renames: Map<string, string>,
  backwards: Map<string, string>,
): boolean {
  if (before.type !== after.type || before.children.length !== after.children.length) return false
  if (before.children.length > 0)
    return before.children.every((child, at) => {
      const other = after.children[at]
      return other !== undefined && sameShape(child, other, renames, backwards)
    })
  if (!nameTypes.has(before.type)) return before.text === after.text
  const known = renames.get(before.text)
  const back = backwards.get(after.text)
  if (known === undefined && back === undefined) {
    renames.set(before.text, after.text)
    backwards.set(after.text, before.text)
    return true
  }
  return known === after.text && back === before.text
}

function namesIn(tree: Node): ReadonlySet<string> {
  return new Set([...walk(tree)].filter(({ type }) => nameTypes.has(type)).map(({ text }) => text))
}

/** Names that a tree defines: functions, parameters, assigned variables and attributes, loop variables. */
export function definedNames(tree: Node): ReadonlySet<string> {
  const names = new Set<string>()
  for (const node of walk(tree)) {
    if (/^(?:Function|Method|Class)/.test(node.type)) addFirstName(node, names)
    if (node.type === 'ParamList') node.children.forEach((child) => addPlain(child, names))
    if (node.type === common.assign) addTargets(node, names)
    if (/^(?:For|With|Try)|Comprehension|CatchClause|For\w*Spec/.test(node.type))
      node.children.forEach((child) => addPlain(child, names))
  }
  return names
}

function addFirstName(node: Node, names: Set<string>): void {
  const first = node.children.find(({ type }) => nameTypes.has(type))
  if (first !== undefined) names.add(first.text)
}

function addPlain(node: Node, names: Set<string>): void {
  if (node.type === common.name) names.add(node.text)
  if (/Pattern|TupleExpression/.test(node.type))
    for (const part of walk(node)) if (part.type === common.name) names.add(part.text)
}

function addTargets(assign: Node, names: Set<string>): void {
  const lastOperator = assign.children.findLastIndex(
    ({ type, text }) => type === common.token && text.endsWith('='),
  )
  for (const target of assign.children.slice(0, Math.max(lastOperator, 0))) {
    addPlain(target, names)
    const property = target.children[1]
    if (target.type === common.member && property?.type === common.property)
      names.add(property.text)
  }
}
