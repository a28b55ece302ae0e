import type { SyntaxNode } from '@lezer/common'
import { parser } from '@lezer/javascript'
import { findIn, type Register } from './register.ts'
import { idsOfTitle, type WrittenTest } from './title.ts'

/** Functions that define a test by requirement ids and a sentence, and Vitest's own. */
const NAMED_BY_IDS = /^spec$/
const NAMED_BY_TITLE = /^(?:test|it)(?:\.(?:only|skip|todo|fails|concurrent|sequential))*$/

const typescript = parser.configure({ dialect: 'ts' })

/** The tests that one source file writes down. */
export function collectFrom(source: string, file: string, register: Register = []): WrittenTest[] {
  const find = findIn(register)
  const found: WrittenTest[] = []
  typescript.parse(source).iterate({
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
  if (NAMED_BY_TITLE.test(name) && isText(first)) {
    const title = titleOf(first, source)
    return { ids: idsOfTitle(title), title }
  }
  return undefined
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

function isText(node: SyntaxNode): boolean {
  return node.name === 'String' || node.name === 'TemplateString'
}

/** A title with `*` for everything that is not written down as text. */
function titleOf(node: SyntaxNode, source: string): string {
  if (node.name === 'String') return unquote(text(node, source))
  if (node.name !== 'TemplateString') return '*'
  return text(node, source)
    .slice(1, -1)
    .replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '*')
}

function unquote(literal: string): string {
  return literal.slice(1, -1).replace(/\\(.)/g, '$1')
}

function text(node: SyntaxNode, source: string): string {
  return source.slice(node.from, node.to)
}

function lineOf(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length
}
