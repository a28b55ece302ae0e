import { parser } from '@lezer/javascript'
import { sideText, typeNodes } from './javascript-side-text.ts'
import { isRequire, moduleUnit, unitsOf } from './javascript-units.ts'
import type { Language } from './language.ts'
import { common, fromLezer, inner, leaf, type Node, textOf } from './node.ts'
import { canonicalString } from './strings.ts'

const typescript = parser.configure({ dialect: 'ts jsx' })
const plainTypescript = parser.configure({ dialect: 'ts' })

/** JavaScript and TypeScript, read with Lezer's grammar. */
export const javascript: Language = {
  name: 'JavaScript',
  extensions: /\.[cm]?[jt]sx?$/,
  parse(source) {
    const keepsBlanks = new Set(['TemplateString', 'String', 'RegExp'])
    const text = inGrammar(source)
    const plain = fromLezer(plainTypescript.parse(text), source, keepsBlanks)
    // `<T>value` is a cast in TypeScript and an element in JSX: only a file that fails as the one
    // is read as the other.
    return hasError(plain) ? fromLezer(typescript.parse(text), source, keepsBlanks) : plain
  },
  units: (file) => [...file.children.flatMap((child) => unitsOf(child)), moduleUnit(file)],
  normalize: (raw, ownUnits) => new Normalizer(ownUnits).node(raw) ?? leaf(common.gone, '', raw),
  sideText,
}

/** What the grammar does not know, as what it knows of the same length: nodes keep places and texts. */
function inGrammar(source: string): string {
  const named = (text: string): string => '_'.repeat(text.length)
  return source
    .replaceAll(/(?<=\btypeof\s+)import\([^()\n]*\)/g, named)
    .replaceAll(/(?<=\bdeclare\s+module\s+)(["'])[^"'\n]+\1/g, named)
    .replaceAll(/(?<=^export )default(?= interface\b)/gm, '       ')
    .replaceAll(/^(?:export )?import(?= \w+ = require\()/gm, (text) =>
      text.replace('import', 'const '),
    )
}

function hasError(node: Node): boolean {
  return node.type === '⚠' || node.children.some(hasError)
}

const gone = new Set([
  ...typeNodes,
  'LineComment',
  'BlockComment',
  'Hashbang',
  'ImportDeclaration',
  'ExportGroup',
  ';',
  'const',
  'let',
  'var',
  'EmptyStatement',
])
const lists =
  /^(?:ParamList|ArgList|ArrayExpression|ArrayPattern|ObjectExpression|ObjectPattern|Block|ClassBody|SwitchBody)$/
const leafNames: Readonly<Record<string, string>> = {
  VariableName: common.name,
  VariableDefinition: common.name,
  PropertyName: common.property,
  PropertyDefinition: common.property,
  PrivatePropertyName: common.property,
  PrivatePropertyDefinition: common.property,
  this: common.name,
  super: common.name,
  Number: common.number,
}

/** Builds the normalized tree of one unit. Null means: nothing that could be behaviour. */
class Normalizer {
  readonly #ownUnits: ReadonlySet<Node>

  constructor(ownUnits: ReadonlySet<Node>) {
    this.#ownUnits = ownUnits
  }

  node(raw: Node): Node | null {
    if (gone.has(raw.type) || this.#ownUnits.has(raw)) return null
    const name = leafNames[raw.type]
    if (name !== undefined) return leaf(name, raw.text, raw)
    return this.#statement(raw) ?? this.#expression(raw)
  }

  /** Undefined: not a statement of its own kind. */
  #statement(raw: Node): Node | null {
    switch (raw.type) {
      case 'Script':
      case 'Block':
      case 'ClassBody':
        return inner(common.block, this.#statements(raw.children), raw)
      case 'ExportDeclaration':
        return this.#exported(raw)
      case 'VariableDeclaration':
        return this.#declaration(raw)
      case 'ExpressionStatement':
        return this.#expressionStatement(raw)
      case 'IfStatement':
      case 'ForStatement':
      case 'WhileStatement':
      case 'DoStatement':
        return inner(raw.type, this.#children(this.#withBlocks(raw.children)), raw)
      default:
        return null
    }
  }

  #expression(raw: Node): Node | null {
    switch (raw.type) {
      case 'CallExpression':
      case 'NewExpression':
        return this.#call(raw)
      case 'MemberExpression':
        return inner(
          common.member,
          this.#children(raw.children.filter(({ type }) => type !== '.')),
          raw,
        )
      case 'ParenthesizedExpression':
        return this.#parenthesized(raw)
      case 'AssignmentExpression':
        return inner(common.assign, this.#children(raw.children), raw)
      case 'BinaryExpression':
      case 'PostfixExpression':
      case 'PrefixCast':
        return this.#uncast(raw)
      case 'String':
        return leaf(common.string, canonicalString(textOf(raw)), raw)
      case 'Property':
        return this.#property(raw)
      case 'ArrowFunction':
        return this.#arrow(raw)
      default:
        return this.#other(raw)
    }
  }

  #children(nodes: readonly Node[]): Node[] {
    return nodes
      .map((child) => this.node(child))
      .filter((child) => child !== null && child.type !== common.gone) as Node[]
  }

  #statements(children: readonly Node[]): Node[] {
    return this.#children(children).filter(
      ({ type, text }) => type !== common.token || !/^[{},;]$/.test(text),
    )
  }

  /** Exporting something is no behaviour of it. */
  #exported(raw: Node): Node {
    const inside = this.#children(raw.children).filter(({ type }) => type !== common.token)
    return inside.length === 1 && inside[0] !== undefined ? inside[0] : leaf(common.gone, '', raw)
  }

  /** `const`, `let` and `var` make no difference here; a declaration without value is nothing. */
  #declaration(raw: Node): Node | null {
    const parts: Node[][] = [[]]
    for (const child of raw.children)
      if (child.type === ',') parts.push([])
      else parts.at(-1)?.push(child)
    const assigns = parts
      .filter((part) => part.some(({ type }) => type === 'Equals'))
      .filter(
        (part) =>
          !isRequire(part.at(-1)?.type === ';' ? (part.at(-2) ?? raw) : (part.at(-1) ?? raw)),
      )
      .map((part) => inner(common.assign, this.#children(part), raw))
    const [first, second] = assigns
    if (first === undefined) return null
    return second === undefined ? first : inner('Declarations', assigns, raw)
  }

  #expressionStatement(raw: Node): Node | null {
    const children = this.#children(raw.children)
    const [only] = children
    if (only === undefined || (only.type === common.string && only.text === '"use strict"'))
      return null
    return only.type === common.assign ? only : inner(common.expression, children, raw)
  }

  /** `if (a) b` is `if (a) { b }`. */
  #withBlocks(children: readonly Node[]): Node[] {
    const header =
      /^(?:if|else|for|while|do|await|ParenthesizedExpression|For\w*Spec|;|Block|\(|\)|LineComment|BlockComment)$/
    return children.map((child) =>
      header.test(child.type) ? child : inner('Block', [child], child),
    )
  }

  #call(raw: Node): Node {
    const list = raw.children.find(({ type }) => type === 'ArgList')
    const before = raw.children.filter((child) => child !== list)
    const values = (list?.children ?? []).filter(({ type }) => !/^[(),]$/.test(type))
    const children = [...this.#children(before), ...this.#children(values)]
    return inner(raw.type === 'NewExpression' ? 'NewExpression' : common.call, children, raw)
  }

  #parenthesized(raw: Node): Node | null {
    const content = raw.children.filter(({ type }) => !/^[()]$|Comment$/.test(type))
    const [only, second] = content
    return only !== undefined && second === undefined ? this.node(only) : this.#other(raw)
  }

  /** `x as T`, `x satisfies T`, `<T>x` and `x!` are `x`. */
  #uncast(raw: Node): Node | null {
    const [first, operator] = raw.children
    const isCast = operator?.type === 'as' || operator?.type === 'satisfies'
    const isNonNull = raw.type === 'PostfixExpression' && operator?.text === '!'
    if (first !== undefined && (isCast || isNonNull)) return this.node(first)
    const last = raw.children.at(-1)
    return raw.type === 'PrefixCast' && last !== undefined ? this.node(last) : this.#other(raw)
  }

  /** `a: 1` in an object literal; methods, spreads and shorthands keep their own shape. */
  #property(raw: Node): Node {
    const [name, colon, value] = raw.children
    if (name?.type !== 'PropertyDefinition' || colon?.type !== ':' || value === undefined)
      return this.#other(raw)
    return inner(common.keyword, this.#children([name, value]), raw)
  }

  /** `() => x` is `() => { return x }`. */
  #arrow(raw: Node): Node {
    const body = raw.children.at(-1)
    const head = this.#children(raw.children.slice(0, -1))
    const content = body === undefined ? null : this.node(body)
    if (content === null || body?.type === 'Block')
      return inner(raw.type, [...head, ...(content === null ? [] : [content])], raw)
    const returned = inner(
      'ReturnStatement',
      [leaf(common.token, 'return', content), content],
      content,
    )
    return inner(raw.type, [...head, inner(common.block, [returned], content)], raw)
  }

  #other(raw: Node): Node {
    if (raw.children.length === 0)
      return raw.type === 'TemplateString'
        ? leaf(common.string, canonicalString(raw.text), raw)
        : leaf(common.token, raw.text, raw)
    const kept = raw.children.filter(
      ({ type }) => !(lists.test(raw.type) && /^[,()[\]{}]$/.test(type)),
    )
    return inner(raw.type, this.#children(kept), raw)
  }
}
