import { parser } from '@lezer/javascript'
import type { Language, SideText, Unit } from './language.ts'
import { common, fromLezer, inner, leaf, type Node } from './node.ts'
import { canonicalString } from './strings.ts'

const typescript = parser.configure({ dialect: 'ts jsx' })
const plainTypescript = parser.configure({ dialect: 'ts' })

/** JavaScript and TypeScript, read with Lezer's grammar. */
export const javascript: Language = {
  name: 'JavaScript',
  extensions: /\.[cm]?[jt]sx?$/,
  parse(source) {
    const keepsBlanks = new Set(['TemplateString', 'String', 'RegExp'])
    const plain = fromLezer(plainTypescript.parse(source), source, keepsBlanks)
    // `<T>value` is a cast in TypeScript and an element in JSX: only a file that fails as the one
    // is read as the other.
    return hasError(plain) ? fromLezer(typescript.parse(source), source, keepsBlanks) : plain
  },
  units: (file) => [...file.children.flatMap((child) => unitsOf(child)), moduleUnit(file)],
  normalize: (raw, ownUnits) => new Normalizer(ownUnits).node(raw) ?? leaf(common.gone, '', raw),
  sideText,
}

function hasError(node: Node): boolean {
  return node.type === '⚠' || node.children.some(hasError)
}

const functionTypes = new Set(['ArrowFunction', 'FunctionExpression', 'ClassExpression'])

function unitsOf(statement: Node): Unit[] {
  switch (statement.type) {
    case 'ExportDeclaration':
      return statement.children.flatMap((child) => unitsOf(child))
    case 'FunctionDeclaration':
      return [unit(definedName(statement) ?? 'default', 'function', statement)]
    case 'ClassDeclaration':
      return classUnits(definedName(statement) ?? 'default', statement)
    case 'VariableDeclaration':
      return declaredUnits(statement)
    case 'ExpressionStatement':
      return assignedUnits(statement)
    default:
      return []
  }
}

function definedName(node: Node): string | null {
  return node.children.find(({ type }) => type === 'VariableDefinition')?.text ?? null
}

function unit(name: string, kind: Unit['kind'], raw: Node): Unit {
  return { name, kind, raw: [raw], from: raw.from, to: raw.to }
}

function classUnits(name: string, declaration: Node): Unit[] {
  const body = declaration.children.find(({ type }) => type === 'ClassBody')
  const members = (body?.children ?? []).flatMap((member): Unit[] => {
    const own = memberName(member)
    if (own === null) return []
    if (member.type === 'MethodDeclaration') return [unit(`${name}.${own}`, 'function', member)]
    const isFunction = member.children.some(({ type }) => functionTypes.has(type))
    return [unit(`${name}.${own}`, isFunction ? 'function' : 'constant', member)]
  })
  return [unit(name, 'class', declaration), ...members]
}

function memberName(member: Node): string | null {
  if (!/^(?:Method|Property)Declaration$|^Property$/.test(member.type)) return null
  const named = member.children.find(({ type }) =>
    ['PropertyDefinition', 'PrivatePropertyDefinition', 'String'].includes(type),
  )
  return named?.text.replace(/^['"]|['"]$/g, '') ?? null
}

/** `const f = () => {}`, `const LIMIT = 3`, `const queue = { push() {} }`. */
function declaredUnits(statement: Node): Unit[] {
  const definitions = statement.children.filter(({ type }) => type === 'VariableDefinition')
  const [definition, second] = definitions
  const value =
    statement.children[statement.children.findIndex(({ type }) => type === 'Equals') + 1]
  if (definition === undefined || second !== undefined || value === undefined) return []
  return valueUnits(definition.text, statement, value)
}

/** `exports.f = function () {}`, `module.exports = { f() {} }`, `Queue.prototype.push = …`. */
function assignedUnits(statement: Node): Unit[] {
  const assignment = statement.children.find(({ type }) => type === 'AssignmentExpression')
  const [target, operator, value] = assignment?.children ?? []
  if (target?.type !== 'MemberExpression' || operator?.type !== 'Equals' || value === undefined)
    return []
  const path = printed(target).replaceAll(' ', '')
  const name = path.replace(/^(?:module\.)?exports\.?/, '').replace('.prototype.', '.')
  if (!functionTypes.has(value.type) && value.type !== 'ObjectExpression') return []
  return valueUnits(name, statement, value)
}

function valueUnits(name: string, statement: Node, value: Node): Unit[] {
  if (value.type === 'ClassExpression')
    return classUnits(name, { ...statement, children: value.children })
  if (functionTypes.has(value.type)) return [unit(name, 'function', statement)]
  if (value.type !== 'ObjectExpression')
    return isRequire(value) ? [] : [unit(name, 'constant', statement)]
  const prefix = name === '' ? '' : `${name}.`
  const members = value.children.flatMap((property): Unit[] => {
    const own = memberName(property)
    const isFunction = property.children.some(
      ({ type }) => functionTypes.has(type) || type === 'ParamList',
    )
    return own === null || !isFunction ? [] : [unit(prefix + own, 'function', property)]
  })
  return [...(name === '' ? [] : [unit(name, 'constant', statement)]), ...members]
}

function isRequire(value: Node): boolean {
  const [callee, list] = value.children
  return value.type === 'CallExpression' && callee?.text === 'require' && list?.type === 'ArgList'
}

function moduleUnit(file: Node): Unit {
  return { ...unit('<module>', 'module', file), raw: file.children }
}

const typeNodes = new Set([
  'TypeAnnotation',
  'TypeParamList',
  'TypeArgList',
  'TypePredicate',
  'TypeAliasDeclaration',
  'InterfaceDeclaration',
  'AmbientDeclaration',
  'AmbientFunctionDeclaration',
  'Privacy',
  'Optional',
  'readonly',
  'Readonly',
  'override',
  'Override',
  'abstract',
  'Abstract',
  'declare',
  'implements',
])
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

function textOf(raw: Node): string {
  return raw.children.length === 0 ? raw.text : raw.children.map(textOf).join('')
}

function printed(node: Node): string {
  return node.children.length === 0 ? node.text : node.children.map(printed).join(' ')
}

function sideText(raw: Node, ownUnits: ReadonlySet<Node>): SideText {
  const comments: string[] = []
  const types: string[] = []
  const imports: [string, string][] = []
  const visit = (node: Node): void => {
    if (node !== raw && ownUnits.has(node)) return
    if (/Comment$/.test(node.type)) comments.push(node.text)
    else if (node.type === 'ImportDeclaration') imports.push(...importsOf(node))
    else if (typeNodes.has(node.type)) types.push(printed(node))
    else {
      if (node.type === 'VariableDeclaration') imports.push(...requiresOf(node))
      if (['as', 'satisfies'].includes(node.children[1]?.type ?? '')) types.push(printed(node))
      node.children.forEach(visit)
    }
  }
  visit(raw)
  return { comments, types, imports }
}

function importsOf(statement: Node): [string, string][] {
  const text = printed(statement)
  const source = canonicalString(
    statement.children.findLast(({ type }) => type === 'String')?.text ?? '',
  )
  const clause = /^import (?<clause>.*?) from /.exec(text)?.groups?.['clause'] ?? ''
  const names = clause
    .replace(/^type /, '')
    .replace(/[{}]/g, ',')
    .split(',')
  const locals = names.map((part) => part.trim()).filter((part) => part !== '')
  if (locals.length === 0) return [[source, source]]
  return locals.map((part) => {
    const [original = '', local = original] = part.split(' as ').map((name) => name.trim())
    return [local, `${source}:${original}`]
  })
}

function requiresOf(declaration: Node): [string, string][] {
  const value = declaration.children.find((child) => isRequire(child))
  if (value === undefined) return []
  const source = printed(value)
  const targets = declaration.children.slice(0, declaration.children.indexOf(value))
  return [[printed(inner('targets', targets, declaration)), source]]
}
