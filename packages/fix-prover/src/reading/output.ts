import { common, dotted, type Node, walk } from '../syntax/node.ts'

/**
 * What counts as output: loggers, consoles, streams, prints, traces. A statement that only puts
 * something out is diagnostics, whichever way it goes out.
 */
export interface OutputNames {
  /** Functions of the change itself that do nothing but output. */
  readonly helpers: ReadonlySet<string>
  /** Further names that the criterion lists. */
  readonly listed: readonly string[]
}

const logMethods =
  /^(?:debug|info|warn|warning|error|exception|critical|fatal|log|trace|success|notice|verbose|msg|print|rule|group|groupEnd|groupCollapsed|table|dir|time|timeEnd|timeLog|count|fine|finer|silly|http|setLevel|addHandler|removeHandler|addFilter|basicConfig|dictConfig|captureWarnings)$/
const logObjects =
  /(?:^|_)(?:log|logs|logger|logging|console|tracer|debug|winston|pino|loguru)(?:\(\))?$|(?:Logger|Console|Log)(?:\(\))?$|(?:get_?logger|getLogger|bind|child|opt)\(\)$/i
const streams = /(?:^|\.)_{0,2}(?:stderr|stdout)_{0,2}$/
const streamMethods = /^(?:write|writelines|flush|print)$/
/** `diagnosticsChannel.channel('queue')`, or what it was kept as: `debug`. */
const channels = /diagnostics?_?channel|(?:^|_|\.)(?:debug|trace|diagnostics?)(?:_?channel)?$/i
const printers =
  /^(?:print|debug|log|warn|trace|pprint|pprint\.pprint|rprint|rich\.print|(?:click|typer)\.(?:echo|secho)|warnings\.warn|warnings\.warn_explicit|traceback\.print_(?:exc|stack|exception|last|tb)|process\.emitWarning|performance\.(?:mark|measure)|faulthandler\.dump_traceback|sentry_sdk\.\w+|Sentry\.\w+|(?:\w+\.)?(?:add_?breadcrumb|capture_?message))$/i
const meters =
  /(?:^|[._])(?:metrics?|statsd|telemetry|stats_?client|span|tracer)(?:\(\))?\.(?:incr|increment|inc|count|gauge|timing|observe|histogram|set_attribute|setAttribute|add_event|addEvent)$/i

/** Any other call of such an object, unless its name says that it does more than to measure. */
const measuring = /(?:^|[._])(?:metrics|telemetry|statsd|span|tracer|meter)$/i

/** Functions that say of themselves that they are diagnostics: `_leave_breadcrumb`, `emit_diagnostic`. */
const diagnostics = /(?:^|_)(?:breadcrumbs?|diagnostics?)$|(?:Breadcrumb|Diagnostic)s?$/

/** Whether a call writes to a log, a console or a standard stream and does nothing else. */
function isOutputCall(call: Node, names: OutputNames): boolean {
  const [callee] = call.children
  const path = callee === undefined ? null : dotted(callee)
  if (path === null) return false
  const at = path.lastIndexOf('.')
  const object = path.slice(0, Math.max(at, 0))
  const method = path.slice(at + 1)
  if (names.listed.some((listed) => path === listed || path.endsWith(`.${listed}`))) return true
  if (names.helpers.has(method) && /^(?:|self|cls|this)$/.test(object)) return true
  if (diagnostics.test(method) || (measuring.test(object) && !effects.test(method))) return true
  return isLogCall(object, method) || meters.test(path) || isPrint(call, path)
}

function isLogCall(object: string, method: string): boolean {
  if (streams.test(object)) return streamMethods.test(method)
  if (channels.test(object)) return method === 'publish'
  return logMethods.test(method) && logObjects.test(object.split('.').at(-1) ?? '')
}

function isPrint(call: Node, path: string): boolean {
  if (path === 'os.write' || path === 'fs.writeSync')
    return /^[12]$/.test(call.children[1]?.text ?? '')
  return printers.test(path) && printsToStream(call)
}

/** `print(…, file=handle)` writes a file, unless the handle is a standard stream. */
function printsToStream(call: Node): boolean {
  const file = call.children.find(
    ({ type, children }) => type === common.keyword && children[0]?.text === 'file',
  )
  const target = file?.children[1]
  return target === undefined || streams.test(dotted(target) ?? '')
}

const effects =
  /^(?:pop|popleft|popitem|append|appendleft|add|remove|discard|clear|extend|insert|update|setdefault|write|send|post|put|patch|delete|commit|rollback|execute|executemany|executescript|acquire|release|push|unshift|shift|splice|set|save|store|persist|drain|close|open|start|stop|join|kill|terminate|next|__next__)$|^(?:queue|enqueue|dequeue|emit|fire|publish|dispatch|sync|mark|migrate|process|apply|handle|run|retry|coalesce)(?:_|[A-Z]|$)/

/**
 * Whether evaluating an expression could change something: an assignment, `await`, `yield`, or a
 * call whose name says so. Diagnostics with such an argument are not just diagnostics.
 */
export function hasEffect(node: Node): boolean {
  for (const part of walk(node)) {
    if (
      part.type === common.assign ||
      /^(?:NamedExpression|AwaitExpression|YieldExpression)$/.test(part.type)
    )
      return true
    if (
      part.type === 'UpdateExpression' ||
      (part.type === common.token && /^(?:\+\+|--)$/.test(part.text))
    )
      return true
    if (part.type !== common.call || part.children[0] === undefined) continue
    const path = dotted(part.children[0]) ?? ''
    // `set()` of its own makes a set.
    if (path !== 'set' && effects.test(path.split('.').at(-1) ?? '')) return true
  }
  return false
}

const fileWriters =
  /(?:^|\.)(?:write_text|write_bytes|write|writelines|dump|append(?:File(?:Sync)?)|writeFile(?:Sync)?)$/
const diagnosticFile = /debug|trace|diagnos|breadcrumb|\.log\b/i

/**
 * Whether a statement only writes a file that is named as one of diagnostics: a breadcrumb in a file
 * is a breadcrumb.
 */
export function writesDiagnosticFile(statement: Node): boolean {
  if (statement.type === 'WithStatement') {
    const block = statement.children.at(-1)
    const head = statement.children.slice(1, -1)
    return (
      head.some((part) => mentionsFile(part) && /(?:^|\.)open$/.test(calleeOf(part))) &&
      (block?.children.every((child) => fileWriters.test(calleeOf(callIn(child)))) ?? false)
    )
  }
  const call = callIn(statement)
  return fileWriters.test(calleeOf(call)) && call !== null && mentionsFile(call)
}

function callIn(statement: Node): Node | null {
  const first = statement.type === common.expression ? statement.children[0] : undefined
  const call = first?.type === 'AwaitExpression' ? first.children.at(-1) : first
  return call?.type === common.call ? call : null
}

function calleeOf(call: Node | null): string {
  const callee = call?.type === common.call ? call.children[0] : undefined
  if (callee === undefined) return ''
  return (
    dotted(callee) ??
    (callee.children.at(-1)?.text === undefined ? '' : `.${callee.children.at(-1)?.text}`)
  )
}

/** The object of the call or its first argument names a file of diagnostics. */
function mentionsFile(call: Node): boolean {
  const [callee, first] = call.children
  return [callee?.children[0], callee?.type === common.member ? callee : undefined, first].some(
    (part) =>
      part !== undefined &&
      [...walk(part)].some(({ type, text }) => type !== common.token && diagnosticFile.test(text)),
  )
}

const makers = /(?:^|\.)(?:get_?logger|getLogger|create_?logger|createLogger)$/

/** `logger = logging.getLogger(__name__)`. */
export function makesLogger(statement: Node): boolean {
  const [target, operator, value, more] = statement.children
  if (statement.type !== common.assign || operator?.text !== '=' || more !== undefined) return false
  return target?.type === common.name && value !== undefined && makers.test(calleeOf(value))
}

/** The output call of a statement, `await`ed or not; null if the statement is anything else. */
export function outputStatement(statement: Node, names: OutputNames): Node | null {
  if (statement.type !== common.expression) return null
  const [first] = statement.children
  const call =
    first?.type === 'AwaitExpression' || first?.type === 'UnaryExpression'
      ? first.children.at(-1)
      : first
  if (call?.type !== common.call || !isOutputCall(call, names)) return null
  return call.children.slice(1).some(hasEffect) ? null : call
}
