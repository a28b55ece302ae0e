import { openSide, treeOf } from '../../packages/fix-prover/src/reading/facets.ts'
import type { Language } from '../../packages/fix-prover/src/syntax/language.ts'
import { type Node, walk } from '../../packages/fix-prover/src/syntax/node.ts'
import { python } from '../../packages/fix-prover/src/syntax/python.ts'

/** A function that is changed in many ways. */
export interface Subject {
  readonly language: Language
  readonly path: string
  readonly source: string
  /** Function of the criterion that mutations are made in. */
  readonly unit: string
  readonly locals: readonly string[]
  readonly comment: string
}

/** Inserts a line before some lines, indented like the line it stands before. */
export function withLines(source: string, places: readonly number[], line: string): string {
  const lines = source.split('\n')
  for (const place of places) {
    const at = place % lines.length
    // Not inside a document string, where a comment would be text of it.
    const indent = /^\s*/.exec(lines[at] ?? '')?.[0] ?? ''
    lines.splice(at, 0, line === '' ? '' : indent + line)
  }
  return lines.join('\n')
}

/** Every level of indentation gets another width. */
export function indented(source: string, width: number): string {
  const unit = /\n(?<unit> +)\S/.exec(source)?.groups?.['unit']?.length ?? 4
  return source.replace(/^ +/gm, (blanks) => ' '.repeat((blanks.length / unit) * width))
}

function rangeOf({ language, source, unit }: Subject): { from: number; to: number } {
  const found = language.units(language.parse(source)).find(({ name }) => name === unit)
  if (found === undefined) throw new Error(`no such unit: ${unit}`)
  return found
}

export function inUnit(subject: Subject, edit: (text: string) => string): string {
  const { from, to } = rangeOf(subject)
  return (
    subject.source.slice(0, from) + edit(subject.source.slice(from, to)) + subject.source.slice(to)
  )
}

const operators: Readonly<Record<string, string>> = {
  '>=': '>',
  '<=': '<',
  '>': '>=',
  '<': '<=',
  '==': '!=',
  '===': '!==',
  '!==': '===',
  '!=': '==',
  '+=': '-=',
  '-=': '+=',
  '+': '-',
  '-': '+',
  '&&': '||',
  '||': '&&',
  '??': '&&',
  '!': '!!',
  and: 'or',
  or: 'and',
  in: 'not in',
  is: 'is not',
  not: 'not not',
  true: 'false',
  false: 'true',
  True: 'False',
  False: 'True',
}

/** Every operator, number, string and called name of the unit, each changed on its own. */
export function mutationsOf(subject: Subject): readonly string[] {
  const side = openSide(subject.path, subject.source, subject.language)
  const unit = side.units.find(({ name }) => name === subject.unit)
  if (unit === undefined) throw new Error(`no such unit: ${subject.unit}`)
  return [...walk(treeOf(side, unit))].flatMap((node) => {
    const now = mutated(node, subject.source.slice(node.from, node.to))
    return now === null
      ? []
      : [subject.source.slice(0, node.from) + now + subject.source.slice(node.to)]
  })
}

function mutated(node: Node, text: string): string | null {
  if (node.children.length > 0)
    return node.type === 'Call' ? text.replace(/^([\w.]+)\(/, '$1_other(') : null
  if (node.type === 'Number') return String(Number(text) + 1)
  if (node.type === 'String') return text.replace(/(['"])$/, 'x$1')
  return Object.hasOwn(operators, text) ? (operators[text] ?? null) : null
}

/** Every `if` turned round, and every statement that is one line taken out. */
export function branchMutationsOf(subject: Subject): readonly string[] {
  const { from, to } = rangeOf(subject)
  const text = subject.source.slice(from, to)
  const turned = [
    ...text.matchAll(/\bif (?<condition>[^:{}\n]+):|\bif \((?<braced>[^\n]+?)\) /g),
  ].map((match) => {
    const condition = match.groups?.['condition']
    const now =
      condition === undefined
        ? `if (!(${match.groups?.['braced'] ?? ''})) `
        : `if not (${condition}):`
    return text.slice(0, match.index) + now + text.slice(match.index + match[0].length)
  })
  const removed = [
    ...text.matchAll(
      /^\s+(?:return True|this\.rows\.push|self\.rows\.append|result\.\w+ \+= 1|result\.failed_ids).*$/gm,
    ),
  ].map(
    (match) =>
      `${text.slice(0, match.index)}${/^\s*/.exec(match[0])?.[0] ?? ''}${subject.language === python ? 'pass' : ';'}${text.slice(match.index + match[0].length)}`,
  )
  return [...turned, ...removed].map(
    (now) => subject.source.slice(0, from) + now + subject.source.slice(to),
  )
}
