import type { Tree } from '@lezer/common'

/**
 * A syntax tree without its parser: what the languages hand on. Raw trees use the parser's names;
 * normalized ones use the few common names below, so that one reader serves all languages.
 */
export interface Node {
  readonly type: string
  /** Source text of a leaf; empty for an inner node. */
  readonly text: string
  readonly from: number
  readonly to: number
  readonly children: readonly Node[]
}

/** Names that normalized trees of every language share. Everything else keeps the parser's name. */
export const common = {
  block: 'Block',
  name: 'Name',
  property: 'Property',
  number: 'Number',
  string: 'String',
  token: 'Token',
  /** Children: the expression. */
  expression: 'ExpressionStatement',
  /** Children: targets, the operator as a token, the value. */
  assign: 'Assign',
  /** Children: callee, then arguments. */
  call: 'Call',
  /** Children: object, property; a subscript keeps its bracket as a token between. */
  member: 'Member',
  /** A named argument or an entry of an object; children: name, value. */
  keyword: 'Keyword',
  /** A whole statement that is a type, an import or a document string leaves nothing behind. */
  gone: 'Gone',
} as const

export function leaf(type: string, text: string, at: Pick<Node, 'from' | 'to'>): Node {
  return { type, text, from: at.from, to: at.to, children: [] }
}

export function inner(
  type: string,
  children: readonly Node[],
  at: Pick<Node, 'from' | 'to'>,
): Node {
  return { type, text: '', from: at.from, to: at.to, children }
}

/** All nodes of a tree, outermost first. */
export function* walk(node: Node): Generator<Node> {
  yield node
  for (const child of node.children) yield* walk(child)
}

/** One line per tree, equal exactly if the trees are: types, texts and nesting. */
export function print(node: Node): string {
  if (node.children.length === 0 && node.text !== '') return `${node.type}:${node.text}`
  return `(${[node.type, ...node.children.map(print)].join(' ')})`
}

/** `a.b().c` for a chain of names, members and calls; null for anything else. */
export function dotted(node: Node): string | null {
  if (node.type === common.name || node.type === common.property) return node.text
  const [first, second, ...more] = node.children
  if (first === undefined) return null
  if (node.type === common.call) return suffixed(dotted(first), '()')
  if (node.type !== common.member || second?.type !== common.property || more.length > 0)
    return null
  return suffixed(dotted(first), `.${second.text}`)
}

function suffixed(text: string | null, suffix: string): string | null {
  return text === null ? null : text + suffix
}

/** Turns a Lezer tree into nodes; text that no child covers (inside strings) becomes a leaf of its own. */
export function fromLezer(tree: Tree, source: string, keepsBlanks: ReadonlySet<string>): Node {
  const cursor = tree.cursor()
  const read = (): Node => {
    const { name: type, from, to } = cursor
    const children: Node[] = []
    if (cursor.firstChild()) {
      let end = from
      do {
        pushGap(children, source, end, cursor.from, keepsBlanks.has(type))
        children.push(read())
        end = children.at(-1)?.to ?? end
      } while (cursor.nextSibling())
      cursor.parent()
      pushGap(children, source, end, to, keepsBlanks.has(type))
    }
    return { type, text: children.length === 0 ? source.slice(from, to) : '', from, to, children }
  }
  return read()
}

function pushGap(
  children: Node[],
  source: string,
  from: number,
  to: number,
  keepsBlanks: boolean,
): void {
  const text = keepsBlanks ? source.slice(from, to) : source.slice(from, to).replace(/[\s\\]+/g, '')
  if (text !== '') children.push(leaf('Gap', text, { from, to }))
}

/** Source text of a node, without the blanks between its parts. */
export function textOf(node: Node): string {
  return node.children.length === 0 ? node.text : node.children.map(textOf).join('')
}

/** The words of a node, one blank between them. */
export function wordsOf(node: Node): string {
  return node.children.length === 0 ? node.text : node.children.map(wordsOf).join(' ')
}
