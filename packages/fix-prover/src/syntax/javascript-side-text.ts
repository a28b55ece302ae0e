import { isRequire } from './javascript-units.ts'
import type { SideText } from './language.ts'
import { inner, type Node, wordsOf } from './node.ts'
import { canonicalString } from './strings.ts'

/** Nodes that only TypeScript's checker reads. */
export const typeNodes = new Set([
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
export function sideText(raw: Node, ownUnits: ReadonlySet<Node>): SideText {
  const comments: string[] = []
  const types: string[] = []
  const imports: [string, string][] = []
  const visit = (node: Node): void => {
    if (node !== raw && ownUnits.has(node)) return
    if (node.type.endsWith('Comment')) comments.push(node.text)
    else if (node.type === 'ImportDeclaration') imports.push(...importsOf(node))
    else if (typeNodes.has(node.type)) types.push(wordsOf(node))
    else {
      if (node.type === 'VariableDeclaration') imports.push(...requiresOf(node))
      if (['as', 'satisfies'].includes(node.children[1]?.type ?? '')) types.push(wordsOf(node))
      node.children.forEach(visit)
    }
  }
  visit(raw)
  return { comments, types, imports }
}

function importsOf(statement: Node): [string, string][] {
  const text = wordsOf(statement)
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
  const source = wordsOf(value)
  const targets = declaration.children.slice(0, declaration.children.indexOf(value))
  return [[wordsOf(inner('targets', targets, declaration)), source]]
}
