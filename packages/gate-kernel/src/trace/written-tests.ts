import type { SyntaxNode } from '@lezer/common'
import { parser } from '@lezer/javascript'
import { findIn, type Register } from './register.ts'
import { idsOfTitle, type WrittenTest } from './title.ts'

/** Functions that define a test by requirement ids and a sentence, and Vitest's own. */
const NAMED_BY_IDS = /^spec$/
const NAMED_BY_TITLE = /^(?:test|it)$/

/** What may stand between the name of such a function and its arguments: `test.skipIf(slow)('…')`. */
const MODIFIERS = /^(?:only|skip|todo|fails|concurrent|sequential)$/
const MODIFIERS_OF_ARGUMENTS = /^(?:each|for|skipIf|runIf)$/

const typescript = parser.configure({ dialect: 'ts' })
const withElements = parser.configure({ dialect: 'ts jsx' })

/** The tests that one source file writes down. */
export function collectFrom(source: string, file: string, register: Register = []): WrittenTest[] {
  const find = findIn(register)
  const found: WrittenTest[] = []
  const language = file.endsWith('x') ? withElements : typescript
  language.parse(source).iterate({
    enter: ({ node }) => {
      if (node.name !== 'CallExpression') return
      const test = readCall(node, source, find)
      if (test) found.push({ file, line: lineOf(source, node.from), ...test })
    },
  })
  return found
}

function readCall(
  call: SyntaxNode,
  source: string,
  find: ReturnType<typeof findIn>,
): Pick<WrittenTest, 'ids' | 'title'> | undefined {
  const callee = call.firstChild
  const name = callee === null ? '' : text(callee, source)
  const [first, second] = argumentsOf(call)
  if (first === undefined) return undefined
  if (name === 'requirement' && second === undefined) {
    const [id = '*'] = stringsIn(first, source)
    return { ids: id === '*' ? [] : [id], title: `${id} ${find(id)?.text ?? '*'}` }
  }
  if (NAMED_BY_IDS.test(name) && second !== undefined) {
    const ids = stringsIn(first, source)
    return { ids, title: `${ids.join(' ') || '*'} ${titleOf(second, source)}` }
  }
  if (callee === null || !isTest(callee, source)) return undefined
  const title = filledIn(titleOf(first, source), text(callee, source))
  return { ids: idsOfTitle(title), title }
}

/** `test`, `it.only`, `test.each(table)`, `it.skipIf(slow).concurrent`: what takes a title next. */
function isTest(callee: SyntaxNode, source: string): boolean {
  const { name, firstChild, lastChild } = callee
  if (name === 'VariableName') return NAMED_BY_TITLE.test(text(callee, source))
  if (firstChild === null || lastChild === null) return false
  if (name === 'MemberExpression')
    return MODIFIERS.test(text(lastChild, source)) && isTest(firstChild, source)
  const [inner, modifier] = [firstChild.firstChild, firstChild.lastChild]
  if (inner === null || modifier === null || firstChild.name !== 'MemberExpression') return false
  return MODIFIERS_OF_ARGUMENTS.test(text(modifier, source)) && isTest(inner, source)
}

/** Vitest fills in what a table holds: `%s`, `$name`. */
function filledIn(title: string, callee: string): string {
  if (!/\b(?:each|for)\b/.test(callee)) return title
  return title.replace(/%(?:%|[sdifjoO#$])|\$[\w.]+/g, (found) => (found === '%%' ? '%' : '*'))
}

function argumentsOf(call: SyntaxNode): SyntaxNode[] {
  const list = call.getChild('ArgList')
  const found: SyntaxNode[] = []
  for (let child = list?.firstChild ?? null; child; child = child.nextSibling) {
    if (!['(', ')', ','].includes(child.name)) found.push(child)
  }
  return found
}

/** String literals of an argument: one, or those of an array. */
function stringsIn(node: SyntaxNode, source: string): string[] {
  if (node.name === 'String') return [unquote(text(node, source))]
  if (node.name !== 'ArrayExpression') return []
  return node.getChildren('String').map((child) => unquote(text(child, source)))
}

/** A title with `*` for everything that is not written down as text. */
function titleOf(node: SyntaxNode, source: string): string {
  switch (node.name) {
    case 'String':
      return unquote(text(node, source))
    case 'TemplateString':
      return templateOf(node, source)
    case 'BinaryExpression':
      if (text(node.firstChild?.nextSibling ?? node, source) !== '+') return '*'
      return [node.firstChild, node.lastChild]
        .map((side) => (side === null ? '*' : titleOf(side, source)))
        .join('')
    default:
      return '*'
  }
}

function templateOf(node: SyntaxNode, source: string): string {
  const values = node.getChildren('Interpolation')
  const starts = [node.from + 1, ...values.map(({ to }) => to)]
  const ends = [...values.map(({ from }) => from), node.to - 1]
  return starts.map((from, at) => unescaped(source.slice(from, ends[at]))).join('*')
}

function unquote(literal: string): string {
  return unescaped(literal.slice(1, -1))
}

/** What a literal of JavaScript stands for; a line that goes on on the next one is one line. */
function unescaped(raw: string): string {
  return raw.replace(
    /\\(?:u\{([\dA-Fa-f]+)\}|u([\dA-Fa-f]{4})|x([\dA-Fa-f]{2})|(\r\n|[^]))/g,
    (_all: string, ...[point, unit, byte, plain]: (string | undefined)[]) => {
      const code = point ?? unit ?? byte
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16))
      return escapes[plain ?? ''] ?? plain ?? ''
    },
  )
}

const escapes: Readonly<Record<string, string>> = {
  ...{ n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', 0: '\0' },
  ...{ '\n': '', '\r\n': '' },
}

function text(node: SyntaxNode, source: string): string {
  return source.slice(node.from, node.to)
}

function lineOf(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length
}
