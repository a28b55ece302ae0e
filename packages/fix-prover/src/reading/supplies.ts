import { common, dotted, type Node, walk } from '../syntax/node.ts'

/** A name and what it is given somewhere. */
export interface Supply {
  readonly name: string
  readonly value: Node
  /** Set in the environment: text of any kind switches something on. */
  readonly isVariable: boolean
}

/** Every assignment, named argument, entry of an object, and `setattr`-like call of a tree. */
export function suppliesIn(tree: Node): readonly Supply[] {
  return [...walk(tree)].flatMap((node) => {
    const [first, second] = node.children
    if (first === undefined || second === undefined) return []
    if (node.type === common.assign) return assigned(node)
    if (node.type === common.keyword || node.type === 'Property')
      return supply(first, node.children.at(-1) ?? second)
    if (node.type === 'DictionaryExpression') return entries(node)
    if (/^(?:Function|Method)/.test(node.type)) return answered(node)
    if (node.type !== common.call) return defaults(node)
    const values = node.children.slice(1)
    return [...called(first, values), ...written(values)]
  })
}

function assigned(node: Node): readonly Supply[] {
  const [target] = node.children
  const value = node.children.at(-1)
  if (target === undefined || value === undefined) return []
  const isVariable = /environ|process\.env/.test(ownerOf(target))
  return supply(lastOf(target), value, isVariable)
}

/** `os.environ` of `os.environ["X"]`. */
function ownerOf(target: Node): string {
  const [object] = target.children
  return object === undefined ? '' : (dotted(object) ?? '')
}

function lastOf(target: Node): Node {
  if (target.type !== common.member) return target
  const own = target.children.slice(1)
  return own.findLast(({ type }) => type !== common.token) ?? target
}

/** `"name": value` of Python's dictionaries. */
function entries(node: Node): readonly Supply[] {
  const parts = node.children.filter(({ text }) => text !== ':' && text !== ',')
  return parts.flatMap((part, at) => {
    const value = parts[at + 1]
    return at % 2 === 0 && value !== undefined ? supply(part, value) : []
  })
}

/** `def keeps(self, event): return False`: a question with a fixed answer. */
function answered({ children }: Node): readonly Supply[] {
  const name = children.find(({ type }) => type === common.name || type === common.property)
  const block = children.find(({ type }) => type === common.block)
  const [only, more] = block?.children ?? []
  const [, value] = only?.type === 'ReturnStatement' ? only.children : []
  const isFixed = more === undefined && value?.children.length === 0
  return name === undefined || value === undefined || !isFixed ? [] : supply(name, value)
}

/** Parameters with a default: `discrete=False`, `{ discrete = false }`. */
function defaults(list: Node): readonly Supply[] {
  return list.children.flatMap((child, at) => {
    const name = list.children[at - 1]
    const value = list.children[at + 1]
    return child.text === '=' && name !== undefined && value !== undefined
      ? supply(name, value)
      : []
  })
}

/** `monkeypatch.setattr("sync.queue.FLAG", True)`, `setattr(queue, "flag", True)`, `setenv("FLAG", "1")`. */
function called(callee: Node, values: readonly Node[]): readonly Supply[] {
  const method = (dotted(callee) ?? '').split('.').at(-1) ?? ''
  if (!/^(?:setattr|setenv|setitem|object|patch|replace|stub|stubEnv)$/.test(method)) return []
  return values.flatMap((value, at) => {
    const next = values[at + 1]
    if (value.type !== common.string || next === undefined) return []
    return supply(value, next.children.at(-1) ?? next, /env$/i.test(method))
  })
}

/** `"discrete = true"` in the text of a file that a test writes. */
function written(values: readonly Node[]): readonly Supply[] {
  return values.flatMap((value) =>
    [...value.text.matchAll(/(?<name>\w+)["']?\s*[=:]\s*(?:true|1|on|yes)\b/gi)].map((match) => ({
      name: match.groups?.['name'] ?? '',
      value: { ...value, type: common.name, text: 'true' },
      isVariable: false,
    })),
  )
}

function supply(target: Node, value: Node, isVariable = false): readonly Supply[] {
  const name = nameOf(target)
  // `discrete=discrete` and `self.discrete = discrete` only hand it on.
  const isHandedOn = nameOf(lastOf(value)) === name
  return name === '' || isHandedOn ? [] : [{ name, value, isVariable }]
}

export function nameOf({ type, text }: Node): string {
  if (type === common.string) return text.slice(1, -1).split('.').at(-1) ?? ''
  return type === common.name || type === common.property ? text : ''
}
