import { common, inner, type Node, walk } from '../syntax/node.ts'
import {
  hasEffect,
  makesLogger,
  type OutputNames,
  outputStatement,
  writesDiagnosticFile,
} from './output.ts'
import { isDiagnosticDecorator, unwrapped } from './wrappers.ts'

/** A tree without its diagnostics, and the diagnostics that were taken out. */
export interface Stripped {
  readonly tree: Node
  /**
   * The same with every call that only diagnostics made use of, as a statement: `if not route(): log`
   * may be a log line around a call that was there already, or a question asked for the log alone.
   */
  readonly asking: Node
  readonly output: readonly Node[]
}

const asked = 'Asked'

/**
 * Takes diagnostics out of a tree: statements that only put something out, compounds around nothing
 * but such statements, and what is computed for them alone.
 */
export function withoutOutput(tree: Node, names: OutputNames): Stripped {
  const output: Node[] = []
  const stripped = withoutFeeders(stripNode(tree, names, output), output)
  const questions = [...walk(stripped)].filter(({ type }) => type === asked)
  const asStatement = (node: Node): Node => inner(common.expression, node.children, node)
  return {
    tree: without(stripped, new Set(questions)),
    asking: replaced(stripped, new Map(questions.map((node) => [node, asStatement(node)]))),
    output,
  }
}

function stripNode(node: Node, names: OutputNames, output: Node[]): Node {
  if (node.children.length === 0) return node
  if (node.type === 'DecoratedStatement') return stripDecorated(node, names, output)
  if (node.type !== common.block)
    return inner(
      node.type,
      node.children.map((child) => stripNode(child, names, output)),
      node,
    )
  const statements = node.children.flatMap((child) => stripStatement(child, names, output))
  return inner(node.type, statements, node)
}

function stripStatement(statement: Node, names: OutputNames, output: Node[]): readonly Node[] {
  if (isDiagnostic(statement, names)) {
    output.push(statement)
    return []
  }
  const before = output.length
  const stripped = tidy(stripNode(statement, names, output))
  const hadOutput = output.length > before
  const isDropped = hadOutput && isHollow(stripped)
  if (isDropped) output.push(statement)
  const { statements, taken } = unwrapped(stripped, hadOutput)
  if (isDropped) return statements.filter(hasCall).map((one) => inner(asked, one.children, one))
  if (taken !== null) output.push(taken)
  return statements
}

function isDiagnostic(statement: Node, names: OutputNames): boolean {
  const isOutput = outputStatement(statement, names) !== null
  return isOutput || writesDiagnosticFile(statement) || makesLogger(statement)
}

function stripDecorated(node: Node, names: OutputNames, output: Node[]): Node {
  const kept = node.children.filter((child) => !isDiagnosticDecorator(child))
  output.push(...node.children.filter(isDiagnosticDecorator))
  const children = kept.map((child) => stripNode(child, names, output))
  const [only, more] = children
  return only !== undefined && more === undefined ? only : inner(node.type, children, node)
}

const compounds = /^(?:If|For|While|With|Try|Do)Statement$/

/** A compound that is left with nothing to do and whose head does nothing either. */
function isHollow(statement: Node): boolean {
  if (!compounds.test(statement.type)) return false
  if (statement.type === 'WithStatement' && !/suppress|nullcontext/.test(textOf(statement)))
    return false
  return statement.children.every((child) => isHollowPart(child))
}

/** A block with nothing in it but what only diagnostics asked for. */
function isEmpty({ children }: Node): boolean {
  return children.every(({ type }) => type === asked)
}

function isHollowPart(part: Node): boolean {
  if (part.type === common.block) return isEmpty(part)
  if (/^(?:Catch|Finally)Clause$/.test(part.type)) return part.children.every(isHollowPart)
  return compounds.test(part.type) ? isHollow(part) : !hasEffect(part)
}

/** Drops branches that became empty at the end of an `if`, and names of exceptions nobody uses. */
function tidy(statement: Node): Node {
  if (statement.type === 'IfStatement') return withoutEmptyTail(statement)
  return statement.type === 'TryStatement' ? withoutUnusedNames(statement) : statement
}

function withoutEmptyTail(statement: Node): Node {
  const children = [...statement.children]
  for (;;) {
    const last = children.at(-1)
    if (last?.type !== common.block || !isEmpty(last)) break
    const keyword = children.findLastIndex(({ text }) => text === 'else' || text === 'elif')
    if (keyword < 0 || children.slice(keyword, -1).some(hasEffect)) break
    children.splice(keyword)
  }
  return children.length === statement.children.length
    ? statement
    : inner(statement.type, children, statement)
}

/** `except E as e` is `except E` once nothing reads `e`. */
function withoutUnusedNames(statement: Node): Node {
  const children = statement.children.map((child) =>
    child.type === 'CatchClause' ? withoutUnusedBinding(child) : child,
  )
  const kept = children.filter((child, index) => {
    const named =
      child.text === 'as' ? children[index + 1] : children[index - 1]?.text === 'as' ? child : null
    if (named?.type !== common.name) return true
    const block = children.slice(index).find(({ type }) => type === common.block)
    return block === undefined || mentions(block, named.text)
  })
  return inner(statement.type, kept, statement)
}

function withoutUnusedBinding(clause: Node): Node {
  const block = clause.children.find(({ type }) => type === common.block)
  const binding = clause.children.find(({ type }) => type === common.name)
  if (block === undefined || binding === undefined || mentions(block, binding.text)) return clause
  return inner(
    clause.type,
    clause.children.filter((child) => child !== binding && !/^[()]$/.test(child.text)),
    clause,
  )
}

/** Removes assignments to names that only the diagnostics read. */
function withoutFeeders(tree: Node, output: Node[]): Node {
  for (;;) {
    const fed = new Set(
      output
        .flatMap((node) => [...walk(node)])
        .filter(({ type }) => type === common.name)
        .map(({ text }) => text),
    )
    const reads = readCounts(tree)
    const isFeeder = (node: Node): boolean => {
      const target = assignedName(node)
      return target !== null && fed.has(target) && (reads.get(target) ?? 0) === 0
    }
    const feeders = [...walk(tree)].filter(isFeeder)
    if (feeders.length === 0) return withoutHollowChoices(tree, output)
    output.push(...feeders)
    tree = replaced(tree, new Map(feeders.map((feeder) => [feeder, effectOf(feeder)])))
  }
}

/** `if debug: <what only the output needed>` is left with nothing to do. */
function withoutHollowChoices(tree: Node, output: readonly Node[]): Node {
  if (output.length === 0) return tree
  const hollow = [...walk(tree)].filter(isHollowChoice)
  return without(tree, new Set(hollow))
}

/** An `if` with nothing to do in any branch and nothing done by asking. */
export function isHollowChoice(statement: Node): boolean {
  return statement.type === 'IfStatement' && isHollow(statement)
}

/** `ok = self.route(event)` still routes when nobody asks for `ok`; nothing is left of `n = 1`. */
function effectOf(feeder: Node): Node | null {
  const value = feeder.children.at(-1)
  if (value === undefined || !hasCall(value)) return null
  return inner(hasEffect(value) ? common.expression : asked, [value], feeder)
}

function hasCall(node: Node): boolean {
  return [...walk(node)].some(({ type }) => type === common.call)
}

/** The plain name that a statement assigns to, if it is one name and nothing else. */
export function assignedName(node: Node): string | null {
  if (node.type !== common.assign) return null
  const [target, operator, , more] = node.children
  return target?.type === common.name && operator?.text === '=' && more === undefined
    ? target.text
    : null
}

/** How often each name is read: every mention but a plain assignment to it. */
export function readCounts(tree: Node): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const visit = (node: Node): void => {
    const target = assignedName(node)
    if (node.type === common.name) counts.set(node.text, (counts.get(node.text) ?? 0) + 1)
    for (const child of target === null ? node.children : node.children.slice(1)) visit(child)
  }
  visit(tree)
  return counts
}

/** A tree without some of its nodes. */
export function without(tree: Node, removed: ReadonlySet<Node>): Node {
  return replaced(tree, new Map([...removed].map((node) => [node, null])))
}

/** A tree with some of its nodes replaced; null removes one. */
function replaced(tree: Node, nodes: ReadonlyMap<Node, Node | null>): Node {
  if (tree.children.length === 0) return tree
  const children = tree.children.flatMap((child) => {
    const other = nodes.get(child)
    if (other === undefined) return [replaced(child, nodes)]
    return other === null ? [] : [other]
  })
  const isSame =
    children.length === tree.children.length &&
    children.every((child, at) => child === tree.children[at])
  return isSame ? tree : inner(tree.type, children, tree)
}

function mentions(tree: Node, name: string): boolean {
  return [...walk(tree)].some(({ type, text }) => type === common.name && text === name)
}

function textOf(node: Node): string {
  return [...walk(node)].map(({ text }) => text).join(' ')
}
