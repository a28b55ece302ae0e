import { common, dotted, inner, leaf, type Node, walk } from '../syntax/node.ts'
import { isHollowChoice } from './strip.ts'

/**
 * Tuning: numbers that say how long or how often. They are taken out of the tree, so that what is
 * left does not change when only such a number does, whatever the change calls itself.
 */
const timingName =
  /time_?out|deadline|delay|interval|back_?off|grace|ttl|retr(?:y|ies)|attempts?|sleep|(?:^|_)waits?(?:_|$)|window|poll|expir|seconds|millis|elapsed|duration|_(?:ms|secs?|s)$/i
/** `waitMs`, but not `items`. */
const timingUnit = /[a-z\d](?:Ms|Secs?)$/
const noTimingName = /count|_at$|_id$|status|state|flag|enabled|queue_?size/i
const waiting =
  /^(?:sleep|wait|wait_for|join|result|setTimeout|setInterval|Timer|settimeout|timeout|delay|after|call_later)$/

/** Takes the timing out of a tree; what was taken goes to `taken`. */
export function withoutTiming(node: Node, taken: string[]): Node {
  if (node.children.length === 0) return node
  switch (node.type) {
    case common.call:
      return callWithoutTiming(node, taken)
    case common.block:
      return inner(
        node.type,
        node.children
          .filter((statement) => !isTiming(statement, taken))
          .map((child) => withoutTiming(child, taken))
          // `if forced: sleep(1)` has nothing left to do.
          .filter((statement) => !isHollowChoice(statement)),
        node,
      )
    case 'ParamList':
      return parametersWithoutTiming(node, taken)
    case 'BinaryExpression':
      return comparisonWithoutTiming(node, taken)
    default:
      return inner(
        node.type,
        node.children.map((child) => withoutTiming(child, taken)),
        node,
      )
  }
}

/** Whether a name stands for a time, a number of tries or the like. */
export function isTimingName(name: string): boolean {
  return (timingName.test(name) || timingUnit.test(name)) && !noTimingName.test(name)
}

/** `TIMEOUT = 5`, `self.retry_delay = base * 2`, `sleep(3)` as statements of their own. */
function isTiming(statement: Node, taken: string[]): boolean {
  const isOne =
    statement.type === common.assign ? isTimingAssignment(statement) : isPause(statement)
  if (isOne) taken.push(texts(statement))
  return isOne
}

function isTimingAssignment({ children }: Node): boolean {
  const [target, operator, value, more] = children
  if (target === undefined || value === undefined || more !== undefined) return false
  const name = (dotted(target) ?? '').split('.').at(-1) ?? ''
  return operator?.text === '=' && isTimingName(name) && isTunable(value)
}

/** SQLite's own time-out is set by a statement. */
const busyTimeout = /^.?"\s*PRAGMA\s+busy_timeout/i

function isPause(statement: Node): boolean {
  const first = statement.type === common.expression ? statement.children[0] : undefined
  const call = first?.type === 'AwaitExpression' ? first.children.at(-1) : first
  if (call?.type !== common.call) return false
  if (methodOf(call) === 'execute') return busyTimeout.test(call.children[1]?.text ?? '')
  if (!/^(?:sleep|delay)$/.test(methodOf(call))) return false
  return call.children.slice(1).every(isTunable)
}

function callWithoutTiming(call: Node, taken: string[]): Node {
  const waits = waiting.test(methodOf(call))
  const children = call.children.flatMap((child, index) => {
    const [name, value] = child.children
    const isTimingArgument =
      child.type === common.keyword &&
      name !== undefined &&
      value !== undefined &&
      isTimingName(name.text) &&
      isTunable(value)
    if (isTimingArgument || (waits && index > 0 && isConstant(child))) {
      taken.push(texts(child))
      return []
    }
    return [withoutTiming(child, taken)]
  })
  return inner(call.type, children, call)
}

/** Parameters that are there for timing alone: `timeout=5`. What uses one elsewhere shows it there. */
function parametersWithoutTiming(list: Node, taken: string[]): Node {
  const isTuned = (at: number): boolean => {
    const [name, operator, value] = list.children.slice(at, at + 3)
    if (name?.type !== common.name || operator?.text !== '=' || value === undefined) return false
    return isTimingName(name.text) && isTunable(value)
  }
  const children = list.children.flatMap((child, at) => {
    if (isTuned(at)) taken.push(`${child.text} = ${texts(list.children[at + 2] ?? child)}`)
    return [0, 1, 2].some((back) => isTuned(at - back)) ? [] : [withoutTiming(child, taken)]
  })
  return inner(list.type, children, list)
}

/** `elapsed > 5`, `attempt < 3`. */
function comparisonWithoutTiming(node: Node, taken: string[]): Node {
  const [left, operator, right] = node.children
  const name = left === undefined ? '' : ((dotted(left) ?? '').split('.').at(-1) ?? '')
  if (
    operator === undefined ||
    right?.type !== common.number ||
    !/^(?:[<>]=?)$/.test(operator.text) ||
    !isTimingName(name)
  )
    return inner(
      node.type,
      node.children.map((child) => withoutTiming(child, taken)),
      node,
    )
  taken.push(texts(node))
  return inner(node.type, [left ?? operator, operator, leaf(common.token, '⟨timing⟩', right)], node)
}

function methodOf(call: Node): string {
  const [callee] = call.children
  return (callee === undefined ? '' : (dotted(callee) ?? '')).split('.').at(-1) ?? ''
}

const arithmetic =
  /^(?:float|int|max|min|Number|parseInt|parseFloat|timedelta|getenv|get|seconds|minutes|milliseconds)$/

/** Made of numbers, names, arithmetic and an environment variable at most. */
function isTunable(value: Node): boolean {
  return (
    [...walk(value)].every(
      (part) => part.type !== common.call || arithmetic.test(methodOf(part)),
    ) &&
    !/Comprehension|Lambda|Arrow|Function|Conditional|Await/.test(value.type) &&
    value.type !== common.string
  )
}

/** Numbers and arithmetic of numbers alone. */
function isConstant(value: Node): boolean {
  return [...walk(value)].every(({ type, children }) =>
    children.length > 0
      ? type.endsWith('Expression')
      : type === common.number || type === common.token,
  )
}

function texts(node: Node): string {
  return [...walk(node)]
    .map(({ text }) => text)
    .filter((text) => text !== '')
    .join(' ')
}
