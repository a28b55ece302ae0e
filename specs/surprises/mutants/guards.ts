import ts from 'typescript'

/** A check in a source file, and the text that disables it. */
export interface Guard {
  /** Offsets in the source, in UTF-16 code units. */
  readonly start: number
  readonly end: number
  readonly disabled: string
  /**
   * When disabling it would change anything: where its value is true, where it lists something, where the
   * function that it is refuses; `made` for what a schema is made of, which tells nothing by itself.
   */
  readonly kind: 'condition' | 'finding' | 'refinement' | 'made'
  /** The line it begins on, counted from one. */
  readonly line: number
  /** The check as it is written, in one line. */
  readonly text: string
}

/**
 * Every check of a source, each as it would be disabled: a condition under which it throws or returns early,
 * a finding that is listed under a condition, a refinement of a schema, and what a schema closes.
 */
export function guardsOf(source: string): Guard[] {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true)
  const guards: Guard[] = []
  const add: Add = (kind, node, disabled, shown = node): void => {
    const start = node.getStart(file)
    const line = file.getLineAndCharacterOfPosition(start).line + 1
    const text = shown.getText(file).replaceAll(/\s+/g, ' ').slice(0, 120)
    guards.push({ start, end: node.getEnd(), disabled, kind, line, text })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isIfStatement(node) && (leaves(node.thenStatement) || reports(node.thenStatement)))
      add('condition', node.expression, 'false', node)
    if (ts.isConditionalExpression(node)) disableFinding(node, add)
    if (ts.isCallExpression(node)) disableSchema(node, add)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return guards
}

type Add = (kind: Guard['kind'], node: ts.Node, disabled: string, shown?: ts.Node) => void

/** Whether a statement ends what it stands in: by an error, or by an answer of its own. */
function leaves(statement: ts.Statement): boolean {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement
  return last !== undefined && (ts.isThrowStatement(last) || ts.isReturnStatement(last))
}

/** `if (isWrong) problems.push('what is wrong')`. */
function reports(statement: ts.Statement): boolean {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement
  if (last === undefined || !ts.isExpressionStatement(last)) return false
  const call = ts.isCallExpression(last.expression) ? last.expression.expression : undefined
  return call !== undefined && ts.isPropertyAccessExpression(call) && call.name.text === 'push'
}

/** `isFine ? [] : ['what is wrong']`: nothing is listed. */
function disableFinding(node: ts.ConditionalExpression, add: Add): void {
  const isNone = (one: ts.Node): boolean =>
    ts.isArrayLiteralExpression(one) && one.elements.length === 0
  if (isNone(node.whenTrue) || isNone(node.whenFalse)) add('finding', node, '[]')
}

/** What a schema refuses: `refine`, closed objects and lists of values, whole numbers, patterns. */
function disableSchema(node: ts.CallExpression, add: Add): void {
  if (!ts.isPropertyAccessExpression(node.expression)) return
  const { name, expression } = node.expression
  const [first] = node.arguments
  const isZod = expression.getText() === 'z'
  if (name.text === 'refine' && first !== undefined) add('refinement', first, '() => true')
  if (name.text === 'regex' && first !== undefined) add('made', first, '/(?:)/', node)
  if (isZod && name.text === 'strictObject') add('made', name, 'looseObject', node)
  if (isZod && name.text === 'enum') add('made', node, 'z.string()')
  if (isZod && name.text === 'literal') add('made', node, 'z.unknown()')
  if (isZod && name.text === 'int') add('made', name, 'number', node)
}
