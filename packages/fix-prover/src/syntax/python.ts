import { parser } from '@lezer/python'
import type { Language, SideText, Unit } from './language.ts'
import { common, fromLezer, inner, leaf, type Node, textOf, walk, wordsOf } from './node.ts'
import { canonicalString } from './strings.ts'

/** Python, read with Lezer's grammar. */
export const python: Language = {
  name: 'Python',
  extensions: /\.pyi?$/,
  parse: (source) => fromLezer(parser.parse(source), source, new Set(['FormatString', 'String'])),
  units: (file) => [...unitsOf(file, '', true), moduleUnit(file)],
  normalize: (raw, ownUnits) => new Normalizer(ownUnits).node(raw) ?? leaf(common.gone, '', raw),
  sideText,
}

const definitions = new Set(['FunctionDefinition', 'ClassDefinition'])

function definitionIn(statement: Node): Node | null {
  if (definitions.has(statement.type)) return statement
  if (statement.type !== 'DecoratedStatement') return null
  return statement.children.find(({ type }) => definitions.has(type)) ?? null
}

function nameOf(definition: Node): string {
  return definition.children.find(({ type }) => type === 'VariableName')?.text ?? '?'
}

/** Functions, classes and constants in a body, also below `if`, `try` and `with` of that body. */
function unitsOf(body: Node, prefix: string, isModule: boolean): Unit[] {
  return body.children.flatMap((statement): Unit[] => {
    const definition = definitionIn(statement)
    if (definition !== null) return unitsOfDefinition(statement, definition, prefix)
    const constant = constantName(statement)
    if (constant !== null) return [unit(prefix + constant, 'constant', statement)]
    if (!/^(?:If|Try|With)Statement$/.test(statement.type)) return []
    const blocks = statement.children.filter(({ type }) => type === 'Body')
    return blocks.flatMap((block) =>
      unitsOf(block, prefix, isModule).filter(({ kind }) => kind !== 'constant'),
    )
  })
}

function unitsOfDefinition(statement: Node, definition: Node, prefix: string): Unit[] {
  const name = prefix + nameOf(definition)
  if (definition.type === 'FunctionDefinition') return [unit(name, 'function', statement)]
  const body = definition.children.find(({ type }) => type === 'Body')
  const members = body === undefined ? [] : unitsOf(body, `${name}.`, false)
  return [unit(name, 'class', statement), ...members]
}

/** `NAME = …` or `NAME: T = …` with one plain name on the left. */
function constantName(statement: Node): string | null {
  if (statement.type !== 'AssignStatement') return null
  const [target, ...rest] = statement.children.filter(({ type }) => type !== 'TypeDef')
  const isSingle = target?.type === 'VariableName' && rest[0]?.type === 'AssignOp'
  return isSingle && rest.filter(({ type }) => type === 'AssignOp').length === 1
    ? target.text
    : null
}

function unit(name: string, kind: Unit['kind'], raw: Node): Unit {
  return { name, kind, raw: [raw], from: raw.from, to: raw.to }
}

function moduleUnit(file: Node): Unit {
  return { ...unit('<module>', 'module', file), raw: file.children }
}

const droppedTokens = new Set(['(', ')', ',', ':', 'def', 'class', 'pass', '->', ';'])
const lists = new Set([
  'ArgList',
  'ParamList',
  'TupleExpression',
  'ArrayExpression',
  'SetExpression',
  'DictionaryExpression',
])
const leafNames: Readonly<Record<string, string>> = {
  VariableName: common.name,
  PropertyName: common.property,
  Number: common.number,
}
const gone = new Set([
  'Comment',
  'TypeDef',
  'TypeDefinition',
  'TypeParamList',
  'ImportStatement',
  'PassStatement',
])

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
    switch (raw.type) {
      case 'Script':
      case 'Body':
        return inner(common.block, this.#statements(raw), raw)
      case 'ExpressionStatement':
        return this.#expressionStatement(raw)
      case 'AssignStatement':
        return this.#assign(raw)
      case 'CallExpression':
        return this.#call(raw)
      case 'MemberExpression':
        return this.#member(raw)
      case 'ParenthesizedExpression':
        return this.#parenthesized(raw)
      case 'String':
        return leaf(common.string, canonicalString(textOf(raw)), raw)
      case 'ContinuedString':
        return this.#joined(raw)
      default:
        return this.#other(raw)
    }
  }

  #children(nodes: readonly Node[]): Node[] {
    return nodes.map((child) => this.node(child)).filter((child) => child !== null)
  }

  #statements(body: Node): Node[] {
    return this.#children(
      body.children.flatMap((child) =>
        child.type === 'StatementGroup' ? child.children : [child],
      ),
    ).filter(({ type, text }) => type !== common.token || !droppedTokens.has(text))
  }

  /** A bare string is a document string, wherever it stands; `...` is a placeholder. */
  #expressionStatement(raw: Node): Node | null {
    const [only, second] = raw.children
    if (second === undefined && only !== undefined && /String$|^Ellipsis$/.test(only.type))
      return only.type === 'FormatString' ? this.#other(raw) : null
    return inner(common.expression, this.#children(raw.children), raw)
  }

  /** `x: T` alone only declares; `x: T = v` is `x = v`. */
  #assign(raw: Node): Node | null {
    const isBare = !raw.children.some(({ type }) => type === 'AssignOp')
    return isBare ? null : inner(common.assign, this.#children(raw.children), raw)
  }

  #call(raw: Node): Node {
    const [callee, list] = raw.children
    const children = [...(callee === undefined ? [] : this.#children([callee]))]
    if (list !== undefined) children.push(...this.#arguments(list.children))
    return inner(common.call, children, raw)
  }

  #arguments(children: readonly Node[]): Node[] {
    const result: Node[] = []
    for (let at = 0; at < children.length; at++) {
      const child = children[at]
      const value = children[at + 2]
      if (child?.type === 'VariableName' && children[at + 1]?.type === 'AssignOp' && value) {
        result.push(
          inner(
            common.keyword,
            [leaf(common.property, child.text, child), ...this.#children([value])],
            child,
          ),
        )
        at += 2
      } else if (child !== undefined && !droppedTokens.has(child.type))
        result.push(...this.#children([child]))
    }
    return result
  }

  #member(raw: Node): Node {
    const children = raw.children.filter(({ type }) => type !== '.')
    return inner(common.member, this.#children(children), raw)
  }

  /** Layout, except around a generator or a `yield`, which print the same on both sides anyway. */
  #parenthesized(raw: Node): Node | null {
    const content = raw.children.filter(({ type }) => !['(', ')', 'Comment'].includes(type))
    const [only, second] = content
    return only !== undefined && second === undefined ? this.node(only) : this.#other(raw)
  }

  /** Plain neighbours are one string; with a format string among them they stay parts. */
  #joined(raw: Node): Node {
    const parts = this.#children(raw.children)
    if (!parts.every(({ type, text }) => type === common.string && text.startsWith('"')))
      return inner('ContinuedString', parts, raw)
    const body = parts.map(({ text }) => text.slice(1, -1)).join('')
    return leaf(common.string, `"${body}"`, raw)
  }

  #other(raw: Node): Node {
    if (raw.children.length === 0) return leaf(common.token, raw.text, raw)
    const dropsTokens = lists.has(raw.type)
    const kept = raw.children.filter(
      ({ type, text }) => !(dropsTokens && /^[,()[\]{}]$/.test(type)) && text !== '->',
    )
    return inner(raw.type, this.#children(kept), raw)
  }
}

function sideText(raw: Node, ownUnits: ReadonlySet<Node>): SideText {
  const comments: string[] = []
  const types: string[] = []
  const imports: [string, string][] = []
  const visit = (node: Node): void => {
    if (node !== raw && ownUnits.has(node)) return
    if (node.type === 'Comment') comments.push(node.text)
    else if (isDocument(node)) comments.push(textOf(node))
    else if (/^Type(?:Def|Definition|ParamList)$/.test(node.type)) types.push(wordsOf(node))
    else if (node.type === 'ImportStatement') imports.push(...importsOf(node))
    else node.children.forEach(visit)
  }
  visit(raw)
  return { comments, types, imports }
}

function isDocument(node: Node): boolean {
  const [only, second] = node.children
  return (
    node.type === 'ExpressionStatement' &&
    second === undefined &&
    (only?.type === 'String' || only?.type === 'ContinuedString')
  )
}

function importsOf(statement: Node): [string, string][] {
  const text = [...walk(statement)]
    .filter(({ children, type }) => children.length === 0 && type !== 'Comment')
    .map(({ text: word }) => (word === '.' ? '.' : ` ${word} `))
    .join('')
    .replace(/\s*\.\s*/g, '.')
    .replace(/\s+/g, ' ')
    .trim()
  const from = /^from ?(?<module>\.*(?:[\w.]*\w)?) ?import (?<names>.*)$/.exec(text)
  const source = from?.groups?.['module'] ?? ''
  const names = from?.groups?.['names'] ?? text.replace(/^import /, '')
  return names
    .replace(/[()]/g, '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [original = '', local = original] = part.split(' as ').map((name) => name.trim())
      return [local, source === '' ? original : `${source}:${original}`]
    })
}
