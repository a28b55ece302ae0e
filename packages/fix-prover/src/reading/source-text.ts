import { common, dotted, type Node, walk } from '../syntax/node.ts'

/**
 * How code is written, or that a name is there at all, is not what it does: an assertion about that
 * proves nothing.
 */
const reflection = /(?:^|\.)(?:getsource|getsourcelines|getdoc|signature|getfullargspec)$/
const readers = /(?:^|\.)(?:read_text|read_bytes|read|open|readFile|readFileSync|parse)$/
/** `source("sync/queue.js")`, `read_source(…)`: helpers that say so. */
const sourceReaders = /(?:^|\.)(?:(?:read|load|get)_?)?(?:source|src|code)(?:_?(?:of|text|file))?$/i
const sourceFile = /(?:^|["'/])src(?:\/|["']$)|\.(?:py|[cm]?[jt]sx?)["'`]?$/

/** `inspect.getsource(f)`, `Path("src/queue.py").read_text()`, `open(module.__file__)`. */
export function readsSource(call: Node): boolean {
  const [callee] = call.children
  if (callee === undefined) return false
  const path = dotted(callee) ?? `.${callee.children.at(-1)?.text ?? ''}`
  if (reflection.test(path)) return true
  return (readers.test(path) || sourceReaders.test(path)) && [...walk(call)].some(isSourceFile)
}

/** A path of a source file; `__file__` alone is the test's own, beside which its data stand. */
function isSourceFile(node: Node): boolean {
  if (node.type === common.member)
    return node.children.at(-1)?.text === '__file__' && node.children.length > 1
  return node.type === common.string && sourceFile.test(node.text)
}

/** `hasattr(queue, "lanes")`, `callable(queue.lanes)`: a missing name in other words. */
export function asksForName(call: Node): boolean {
  const [callee] = call.children
  const path = callee === undefined ? null : dotted(callee)
  return /(?:^|\.)(?:hasattr|callable|dir|hasOwn|hasOwnProperty)$/.test(path ?? '')
}

/** Names beside the tests that hold a path of source files or read them, by way of each other. */
export function sourceNames(around: readonly Node[]): ReadonlySet<string> {
  return new Set(
    around.flatMap((tree) => {
      const [only] = tree.type === common.block ? tree.children : [tree]
      const name = only === undefined ? null : boundName(only)
      const isSource = [...walk(tree)].some(
        (node) => node.type === common.call && readsSource(node),
      )
      return name !== null && (isSource || holdsSourcePath(only)) ? [name] : []
    }),
  )
}

/** `QUEUE = Path("src/specify_cli/sync/queue.py")`. */
function holdsSourcePath(statement: Node | undefined): boolean {
  return statement?.type === common.assign && [...walk(statement)].some(isSourceFile)
}

function boundName({ type, children }: Node): string | null {
  if (type === common.assign) return children[0]?.text ?? null
  if (!type.startsWith('Function')) return null
  return children.find((child) => child.type === common.name)?.text ?? null
}
