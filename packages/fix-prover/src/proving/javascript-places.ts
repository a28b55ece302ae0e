import type { Node } from '../syntax/node.ts'

/** A change of the source: some text at an offset. */
export interface Insertion {
  readonly at: number
  readonly text: string
}

/** What stops a program, as a statement and as the first part of an expression. */
export interface Stop {
  readonly statement: string
  readonly expression: string
}

/**
 * Where functions execute some lines: before the innermost statement around each, and in front of the
 * value of an arrow function or of a field of a class that has no statement.
 */
export function insertionsFor(
  file: Node,
  spans: readonly (readonly [from: number, to: number])[],
  stop: Stop,
): readonly Insertion[] {
  const found = new Map<number, Insertion>()
  const points = spans.flatMap(([from, to]) => [from, to - 1])
  for (const point of points)
    for (const one of placeOf(chainTo(file, point), stop)) found.set(one.at, one)
  return [...found.values()]
}

/** The nodes around a point, outermost first. */
function chainTo(file: Node, point: number): readonly Node[] {
  const chain: Node[] = []
  let at: Node | undefined = file
  while (at !== undefined) {
    chain.push(at)
    at = at.children.find(({ from, to }) => from <= point && point < to)
  }
  return chain
}

const functions = /^(?:FunctionDeclaration|FunctionExpression|MethodDeclaration|ArrowFunction)$/

/** The innermost place of a chain; a function's head is executed with its body. */
function placeOf(chain: readonly Node[], stop: Stop): readonly Insertion[] {
  for (let at = chain.length - 1; at > 0; at--) {
    const [node, parent] = [chain[at], chain[at - 1]]
    if (node === undefined || parent === undefined) continue
    const around = chain.slice(0, at)
    const isInFunction =
      around.some(({ type }) => functions.test(type)) ||
      around.some(({ type }) => type === 'StaticBlock')
    if (isInFunction && isStatement(node, parent)) return [{ at: node.from, text: stop.statement }]
    if (functions.test(node.type) || isMember(node)) {
      const body = bodyOf(node, stop)
      if (body.length > 0) return body
    }
  }
  return []
}

function isStatement(node: Node, parent: Node): boolean {
  const isInBlock = parent.type === 'Block' || parent.type === 'SwitchBody'
  return isInBlock && !/^(?:[{}]|CaseLabel|DefaultLabel|LineComment|BlockComment)$/.test(node.type)
}

function isMember({ type }: Node): boolean {
  return type === 'PropertyDeclaration'
}

/** The begin of a function's block, or its value; the value of a field. */
function bodyOf(node: Node, { statement, expression }: Stop): readonly Insertion[] {
  const block = node.children.find(({ type }) => type === 'Block')
  if (block !== undefined) return [{ at: block.from + 1, text: statement }]
  const arrow = node.children.findIndex(({ type }) => type === 'Arrow' || type === 'Equals')
  const value = arrow < 0 ? undefined : node.children[arrow + 1]
  if (value === undefined || functions.test(value.type)) return []
  return [
    { at: value.from, text: `(${expression}, ` },
    { at: value.to, text: ')' },
  ]
}

/** The source with all insertions; those at one place keep their order. */
export function inserted(source: string, insertions: readonly Insertion[]): string {
  return insertions
    .toSorted((one, other) => other.at - one.at)
    .reduce((text, { at, text: own }) => text.slice(0, at) + own + text.slice(at), source)
}
