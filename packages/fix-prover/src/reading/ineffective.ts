import { common, dotted, type Node, walk } from '../syntax/node.ts'
import { hasEffect } from './output.ts'
import { assignedName, readCounts, without } from './strip.ts'

/** Statements without effect, and the tree without them. */
export interface Sifted {
  readonly tree: Node
  readonly ineffective: readonly Node[]
}

/**
 * Finds statements that change nothing anybody could see: bare expressions, values that nobody
 * reads, collections that are only filled.
 *
 * @param unread attributes and module names that no product code reads
 */
export function withoutIneffective(tree: Node, unread: ReadonlySet<string>): Sifted {
  const ineffective: Node[] = []
  for (;;) {
    const reads = readCounts(tree)
    const scope = { reads, fills: fillCounts(tree), locals: localsOf(tree), unread }
    const found = statementsOf(tree).filter((statement) => isIneffective(statement, scope))
    if (found.length === 0) return { tree, ineffective }
    ineffective.push(...found)
    tree = without(tree, new Set(found))
  }
}

interface Scope {
  readonly reads: ReadonlyMap<string, number>
  /** Per name, how many of its mentions only put something in. */
  readonly fills: ReadonlyMap<string, number>
  readonly locals: ReadonlySet<string>
  readonly unread: ReadonlySet<string>
}

function isIneffective(statement: Node, scope: Scope): boolean {
  const filled = filledName(statement)
  if (filled !== null) return isOnlyFilled(filled, scope) && argumentsOf(statement).every(isPure)
  const local = assignedName(statement)
  if (local !== null && scope.locals.has(local))
    return isOnlyFilled(local, scope) && isPure(statement.children.at(-1) ?? statement)
  const attribute = assignedAttribute(statement)
  if (attribute !== null)
    return scope.unread.has(attribute) && isPureOrNone(writing(statement)?.children[2])
  return statement.type === common.expression && statement.children.every(isPure)
}

/** No read of the name but those that put something in. */
function isOnlyFilled(name: string, { reads, fills, locals, unread }: Scope): boolean {
  if (!locals.has(name)) return unread.has(name)
  return (reads.get(name) ?? 0) === (fills.get(name) ?? 0)
}

const fillers = /^(?:append|add|push|appendleft|insert|extend|update|setdefault|set|unshift)$/

/** `seen` of `seen.append(x)`, `_seen` of `self._seen.append(x)`; null for any other statement. */
export function filledName(statement: Node): string | null {
  const call = statement.type === common.expression ? statement.children[0] : undefined
  const callee = call?.type === common.call ? call.children[0] : undefined
  const path = (callee === undefined ? null : dotted(callee)) ?? ''
  const match = /^(?:(?:self|this|cls)\.)?(?<name>[\w$#]+)\.(?<method>\w+)$/.exec(path)
  const { name = null, method = '' } = match?.groups ?? {}
  return fillers.test(method) ? name : null
}

/** `x` of `self.x = …`, `self.x += 1`, `self.x["a"] = …` and `X["a"] += 1`; null for any other statement. */
export function assignedAttribute(statement: Node): string | null {
  const [target, operator, , more] = writing(statement)?.children ?? []
  if (target === undefined || more !== undefined) return null
  if (operator !== undefined && !/=$|^(?:\+\+|--)$/.test(operator.text)) return null
  const owner = withoutSubscripts(target)
  const path = dotted(owner)?.split('.') ?? []
  const isOwned = path.length === 2 || (path.length === 1 && owner !== target)
  return isOwned ? (path.at(-1) ?? null) : null
}

/** The assignment of a statement; JavaScript's `x += 1` and `x++` are expressions. */
function writing(statement: Node): Node | null {
  if (statement.type === common.assign || statement.type === 'UpdateStatement') return statement
  const only = statement.type === common.expression ? statement.children[0] : undefined
  return only !== undefined && /^(?:Postfix|Update)Expression$/.test(only.type) ? only : null
}

function withoutSubscripts(target: Node): Node {
  const [object, bracket] = target.children
  const isSubscript = target.type === common.member && bracket?.text === '['
  return isSubscript && object !== undefined ? withoutSubscripts(object) : target
}

function argumentsOf(statement: Node): readonly Node[] {
  return statement.children[0]?.children.slice(1) ?? []
}

const pureCalls =
  /^(?:len|str|int|float|bool|repr|type|list|dict|set|tuple|sorted|min|max|sum|abs|round|isinstance|getattr|hasattr|format|join|get|keys|values|items|copy|lower|upper|strip|split|startswith|endswith|now|isoformat|time|monotonic|String|Number|Boolean|slice|map|filter|includes|toISOString|stringify|dumps|Date|Map|Set|Array|Object)$/

function isPureOrNone(value: Node | undefined): boolean {
  return value === undefined || isPure(value)
}

/** Nothing but names, literals, operators and calls that are known to have no effect. */
function isPure(node: Node): boolean {
  if (hasEffect(node)) return false
  return [...walk(node)].every((part) => {
    if (part.type !== common.call && part.type !== 'NewExpression')
      return !/^(?:Yield|Raise|Throw)/.test(part.type)
    const callee = part.children.find(({ text }) => text !== 'new')
    return pureCalls.test(
      (callee === undefined ? '' : (dotted(callee) ?? '')).split('.').at(-1) ?? '',
    )
  })
}

/** Statements that stand in blocks, at any depth. */
export function statementsOf(tree: Node): readonly Node[] {
  return [...walk(tree)]
    .filter(({ type }) => type === common.block)
    .flatMap(({ children }) => children)
}

function fillCounts(tree: Node): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const statement of statementsOf(tree)) {
    const name = filledName(statement)
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

/** Names that a function assigns itself and does not declare to be of an outer scope. */
function localsOf(tree: Node): ReadonlySet<string> {
  const isFunction = [...walk(tree)].some(({ type }) => /^(?:Function|Method|Arrow)/.test(type))
  if (!isFunction) return new Set()
  const assigned = [...walk(tree)].map(assignedName).filter((name) => name !== null)
  const outer = [...walk(tree)]
    .filter(({ type }) => type === 'ScopeStatement')
    .flatMap((statement) => [...walk(statement)].map(({ text }) => text))
  return new Set(assigned.filter((name) => !outer.includes(name)))
}
