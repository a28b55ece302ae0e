import { common, dotted, inner, type Node, walk } from '../syntax/node.ts'
import { hasEffect } from './output.ts'

/** What is left of a compound statement without its diagnostics. */
export interface Unwrapped {
  readonly statements: readonly Node[]
  /** The part that was only there for diagnostics; null where there was none. */
  readonly taken: Node | null
}

/**
 * Takes a compound apart that does nothing to what it surrounds: a trace span, a `try` that only
 * raises again, a condition whose branch was diagnostics. What its head does stays.
 *
 * @param hadOutput whether diagnostics were taken out of it
 */
export function unwrapped(statement: Node, hadOutput: boolean): Unwrapped {
  const unchanged = { statements: [statement], taken: null }
  switch (statement.type) {
    case 'IfStatement':
      return hadOutput ? { statements: conditionAlone(statement), taken: null } : unchanged
    case 'TryStatement':
      return onlyRaisesAgain(statement) ? { statements: bodyOf(statement), taken: null } : unchanged
    case 'WithStatement':
      return isSpan(statement) ? { statements: bodyOf(statement), taken: statement } : unchanged
    default:
      return unchanged
  }
}

function bodyOf(statement: Node): readonly Node[] {
  return statement.children.find(({ type }) => type === common.block)?.children ?? []
}

/** `if not self.route(event): <nothing>` still routes. */
function conditionAlone(statement: Node): readonly Node[] {
  const [, condition, block, ...more] = statement.children
  const isEmpty = block?.type === common.block && block.children.length === 0
  if (condition === undefined || !isEmpty || more.length > 0) return [statement]
  return [inner(common.expression, [withoutNegation(condition)], statement)]
}

function withoutNegation(condition: Node): Node {
  const [sign, value] = condition.children
  const isNegated = condition.type === 'UnaryExpression' && /^(?:not|!)$/.test(sign?.text ?? '')
  return isNegated && value !== undefined ? withoutNegation(value) : condition
}

/** Every handler does nothing but raise what it caught; no `else`, and nothing to do at last. */
function onlyRaisesAgain(statement: Node): boolean {
  const parts = statement.children.flatMap((part) =>
    /^(?:Catch|Finally)Clause$/.test(part.type) ? part.children : [part],
  )
  if (parts.some(({ text }) => text === 'else')) return false
  const blocks = parts.filter(({ type }) => type === common.block).slice(1)
  const bound = new Set(parts.filter(({ type }) => type === common.name).map(({ text }) => text))
  return blocks.every(({ children: [only, more] }, at) => {
    if (only === undefined) return isFinally(parts, at)
    return more === undefined && raisesAgain(only, bound)
  })
}

/** Whether the block of this number, not counting the first, stands after `finally`. */
function isFinally(parts: readonly Node[], number: number): boolean {
  const places = parts.flatMap(({ type }, at) => (type === common.block ? [at] : []))
  return parts[(places[number + 1] ?? 0) - 1]?.text === 'finally'
}

function raisesAgain(statement: Node, bound: ReadonlySet<string>): boolean {
  if (!/^(?:Raise|Throw)Statement$/.test(statement.type)) return false
  const [, value, more] = statement.children
  return value === undefined || (more === undefined && bound.has(value.text))
}

const spans =
  /(?:^|[._])(?:(?:start_(?:as_current_|active_)?)?span|contextualize|bound_(?:contextvars|threadlocal)|log_(?:time|duration)|(?:console|_console)\.status)$/

/** `with tracer.start_as_current_span("queue"):` whose name only diagnostics use. */
function isSpan({ children }: Node): boolean {
  const block = children.at(-1)
  const head = children.slice(1, -1)
  const calls = head.filter(({ type }) => type === common.call)
  if (block === undefined || calls.length !== 1) return false
  const callee = calls[0]?.children[0]
  const path = callee === undefined ? '' : (dotted(callee) ?? '').replaceAll('()', '')
  if (!spans.test(path) || calls.some((call) => call.children.slice(1).some(hasEffect)))
    return false
  const names = new Set(head.filter(({ type }) => type === common.name).map(({ text }) => text))
  return ![...walk(block)].some(({ type, text }) => type === common.name && names.has(text))
}

const diagnosing =
  /(?:^|_)(?:log|logs|logged|log_?calls?|trace|traced|timed|timer|profiled?|metered|instrument|instrumented|span)(?:_|$)/i

/** `@traced("queue")`: what a decorator of such a name adds is diagnostics. */
export function isDiagnosticDecorator(node: Node): boolean {
  if (node.type !== 'Decorator') return false
  const names = node.children.filter(({ type }) => type === common.name || type === common.property)
  const inside = node.children.flatMap((part) =>
    part.type === common.member ? [...walk(part)] : [],
  )
  return [...names, ...inside].some(({ text }) => diagnosing.test(text))
}
