import { common, dotted, type Node, walk } from '../syntax/node.ts'
import { asksForName, readsSource } from './source-text.ts'
import { isTimingName } from './timing.ts'

/** An assertion of a test. */
export interface Assertion {
  readonly line: number
  /** Whether it looks at captured output, at the text of the source, or at whether a name is there. */
  readonly onlyLog: boolean
  /** Whether it looks at a timeout, a number of tries or the like. */
  readonly onTiming: boolean
  /** Every name and property that it is about. */
  readonly names: ReadonlySet<string>
}

const captured =
  /^(?:caplog|capsys|capfd|capsysbinary|capfdbinary|caplog_?\w*|cap_?logs?|captured(?:_?\w*)|readouterr|mock_?log(?:ger)?|fake_?log(?:ger)?|log_?(?:mock|spy|records?|messages?|lines?|output|text|calls?)|logs|logged|logger|stderr|console|warnings|warned)$/i

/**
 * Assertions in a test, and what each of them looks at.
 *
 * @param known what stands beside the test that is captured output or text of the source
 */
export function assertionsOf(
  test: Node,
  source: string,
  known: ReadonlySet<string> = new Set(),
): readonly Assertion[] {
  const tainted = taintedNames(test, known)
  return [...walk(test)].flatMap((node) => {
    const subject = assertionSubject(node)
    if (subject === null) return []
    const line = source.slice(0, node.from).split('\n').length
    const names = new Set(subject.flatMap(mentioned))
    return [
      { line, onlyLog: looksAtLog(subject, tainted), onTiming: subject.some(isOnTiming), names },
    ]
  })
}

function namesIn(node: Node): readonly string[] {
  return [...walk(node)].filter(isName).map(({ text }) => text)
}

function isName({ type }: Node): boolean {
  return type === common.name || type === common.property
}

/**
 * Names of a test, and what the test makes with them or hands to them: `hits` of
 * `queue.register_hook(hits.append)`.
 */
export function namesBehind(test: Node, names: ReadonlySet<string>): ReadonlySet<string> {
  const behind = new Set(names)
  for (let size = -1; size !== behind.size;) {
    size = behind.size
    for (const node of walk(test))
      if (isStatement(node) && mentioned(node).some((name) => behind.has(name)))
        for (const name of boundIn(node)) behind.add(name)
  }
  return behind
}

function isStatement(node: Node): boolean {
  const [only] = node.children
  return (
    node.type === common.assign || (node.type === common.expression && only?.type === common.call)
  )
}

/** `getattr(module, "register_hook")` mentions it, too. */
function mentioned(statement: Node): readonly string[] {
  const strings = [...walk(statement)].filter(({ type }) => type === common.string)
  return [...namesIn(statement), ...strings.map(({ text }) => text.slice(1, -1))]
}

/** Targets of an assignment, or plain names among the arguments of a call. */
function boundIn(statement: Node): readonly string[] {
  const call = statement.type === common.assign ? null : statement.children[0]
  const parts = call?.children.slice(1) ?? statement.children.slice(0, 1)
  const names = parts.flatMap((part) => dotted(part)?.split('.')[0] ?? [])
  return names.filter((name) => !/^(?:self|cls|this)$/.test(name))
}

/** What an assertion is about; null if the node is none. */
function assertionSubject(node: Node): readonly Node[] | null {
  if (node.type === 'AssertStatement') return subjectOfAssert(node)
  if (node.type === 'WithStatement') {
    const text = [...walk(node)].map(({ text: word }) => word)
    return text.includes('raises') || text.some((word) => word.startsWith('assertRaises'))
      ? node.children
      : null
  }
  if (node.type !== common.call || node.children[0] === undefined) return null
  const path = dotted(node.children[0]) ?? ''
  const last = path.split('.').at(-1) ?? ''
  if (/^(?:assert|t|expect|should|chai)(?:\.|$)/.test(path) && !/^assert_?logs/i.test(last))
    return path.startsWith('expect(')
      ? node.children
      : node.children.slice(path.startsWith('t.') ? 0 : 1)
  if (/^assert_(?:called|not_called|any_call|has_calls|awaited)/.test(last))
    return node.children.slice(0, 1)
  return /^assert[A-Z_]/.test(last) ? node.children.slice(1) : null
}

/** The condition of `assert condition, message`. */
function subjectOfAssert(node: Node): readonly Node[] {
  const comma = node.children.findIndex(({ text }) => text === ',')
  return node.children.slice(1, comma < 0 ? undefined : comma)
}

/** Names that hold captured output, also by way of other names. */
function taintedNames(test: Node, known: ReadonlySet<string>): ReadonlySet<string> {
  const tainted = new Set(known)
  for (let size = -1; size !== tainted.size;) {
    size = tainted.size
    for (const node of walk(test)) {
      if (node.type !== common.assign) continue
      const value = node.children.at(-1)
      if (value === undefined || !isTainted(value, tainted)) continue
      for (const target of node.children.slice(0, -2))
        if (target.type === common.name) tainted.add(target.text)
    }
    for (const node of walk(test)) {
      if (isLogCapture(node)) addBound(node, tainted)
      if (replacesOutput(node, tainted)) for (const name of filledIn(node)) tainted.add(name)
    }
  }
  return tainted
}

/** `with self.assertLogs() as cm`, `with patch('…logger') as log`, `mock.method(console, 'warn', …)`. */
function isLogCapture(node: Node): boolean {
  if (node.type !== 'WithStatement' && !/Comprehension|For/.test(node.type)) return false
  const head = node.children.filter(({ type }) => type !== common.block)
  return head.some((part) =>
    [...walk(part)].some(({ text }) =>
      /assertLogs|assertNoLogs|caplog|capture_logs|redirect_std|logger["']?$|^"[\w.]*\blog(?:ger)?"$/i.test(
        text,
      ),
    ),
  )
}

const logMethod = /^(?:debug|info|warn|warning|error|log|trace)$/
const replacers = /(?:^|\.)(?:setattr|patch|method|spyOn|spy|stub|replace|object)$/

/** `console.info = …`, `{ info: … }` handed to the product, `mock.method(console, …)`: output is caught here. */
function replacesOutput(node: Node, tainted: ReadonlySet<string>): boolean {
  const [first, ...rest] = node.children
  if (first === undefined) return false
  if (node.type === common.assign) return isTainted(first, tainted)
  if (node.type === common.keyword || node.type === 'Property') return logMethod.test(first.text)
  if (node.type !== common.call || !replacers.test(dotted(first) ?? '')) return false
  return rest.some(
    (part) => isTainted(part, tainted) || /logg?(?:er)?"$|^"(?:std(?:err|out))"$/.test(part.text),
  )
}

/** Names that something is put into anywhere inside: `lines` of `lines.push(text)`. */
function filledIn(node: Node): readonly string[] {
  return [...walk(node)].flatMap((part) => {
    const path =
      part.type === common.call && part.children[0] !== undefined ? dotted(part.children[0]) : null
    const match = /^(?<name>[\w$]+)\.(?:push|append|add)$/.exec(path ?? '')
    return match?.groups?.['name'] === undefined ? [] : [match.groups['name']]
  })
}

function addBound(node: Node, tainted: Set<string>): void {
  node.children.forEach((child, at) => {
    const isBound = node.children[at - 1]?.text === 'as' || node.children[at - 1]?.text === 'for'
    if (isBound && child.type === common.name) tainted.add(child.text)
  })
}

function isTainted(node: Node, tainted: ReadonlySet<string>): boolean {
  return [...walk(node)].some((part) => {
    const { type, text } = part
    if (type === common.call) return readsSource(part) || asksForName(part)
    if (type === 'UnaryExpression' && part.children[0]?.text === 'typeof') return true
    return (
      (type === common.name || type === common.property) &&
      (tainted.has(text) || captured.test(text))
    )
  })
}

/** One mention of captured output is enough: what fails then may be the text. */
function looksAtLog(subject: readonly Node[], tainted: ReadonlySet<string>): boolean {
  return subject.some((part) => isTainted(part, tainted))
}

function isOnTiming(subject: Node): boolean {
  return [...walk(subject)].some(
    ({ type, text }) => (type === common.name || type === common.property) && isTimingName(text),
  )
}
