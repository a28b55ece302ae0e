import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/** A stop as the source states it; parts that only a run knows are `…`. */
export interface StatedStop {
  readonly code: string
  /** `fail`, `blocked`, `inconclusive`, or null where the caller decides. */
  readonly verdict: string | null
  readonly what: string | null
  readonly next: string | null
  /** Path below the root. */
  readonly file: string
}

const VERDICTS: Readonly<Record<string, string>> = {
  failed: 'fail',
  blocked: 'blocked',
  inconclusive: 'inconclusive',
}

/** Every stop of the kernel, of the prover and of the gate of Phase 4, in the order of their codes. */
export function statedStops(root: string): StatedStop[] {
  const files = globSync('packages/{gate-kernel,phase4-gate,fix-prover}/src/**/*.ts', { cwd: root })
  const stops = files
    .sort()
    .flatMap((file) => stopsIn(file, readFileSync(join(root, file), 'utf8')))
  return stops.sort((one, other) => one.code.localeCompare(other.code, 'en'))
}

/** The stops of one source file. Exported for its spec. */
export function stopsIn(file: string, text: string): StatedStop[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: StatedStop[] = []
  const withCode = functionsWithCode(source)
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) found.push(...ofObject(node, source))
    if (ts.isVariableDeclaration(node) && node.name.getText() === 'remedies')
      found.push(...ofRemedies(node, file))
    if (ts.isCallExpression(node) && withCode.has(node.expression.getText()))
      found.push(...ofCall(node, file))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** Functions of the file that take a code as their first argument and make a stop of it. */
function functionsWithCode(source: ts.SourceFile): ReadonlySet<string> {
  const names = source.statements.flatMap((one) => {
    if (!ts.isFunctionDeclaration(one) || one.name === undefined) return []
    const isCode = one.parameters[0]?.name.getText() === 'code'
    return isCode && one.parameters.length > 1 ? [one.name.text] : []
  })
  return new Set(names)
}

function ofObject(node: ts.ObjectLiteralExpression, source: ts.SourceFile): StatedStop[] {
  const value = (name: string): ts.Expression | undefined =>
    node.properties.flatMap((one) =>
      ts.isPropertyAssignment(one) && one.name.getText() === name ? [one.initializer] : [],
    )[0]
  const code = value('code')
  const callee = ts.isCallExpression(node.parent) ? node.parent.expression.getText() : ''
  const isTold = node.properties.some((one) => TOLD.includes(one.name?.getText() ?? ''))
  if (code === undefined || !(isTold || Object.hasOwn(VERDICTS, callee))) return []
  const rest = {
    ...{ verdict: VERDICTS[callee] ?? null, file: source.fileName },
    what: textOf(value('what') ?? value('diagnosis')),
    next: textOf(value('next') ?? value('permitted')),
  }
  return codesOf(code, source).map((one) => ({ code: one, ...rest }))
}

/** Fields that say what was found; the table of the suite calls it a diagnosis. */
const TOLD: readonly string[] = ['what', 'diagnosis']

/** The kinds of a refused request to GitHub, each with what to do. */
function ofRemedies({ initializer }: ts.VariableDeclaration, file: string): StatedStop[] {
  if (initializer === undefined || !ts.isObjectLiteralExpression(initializer)) return []
  return initializer.properties.flatMap((one) => {
    if (!ts.isPropertyAssignment(one)) return []
    const kind = one.name.getText().replaceAll("'", '')
    const isOwn = kind === 'write-refused'
    const code = isOwn ? kind : `github-${kind}`
    const verdict = isOwn ? 'fail' : 'inconclusive'
    return [{ code, verdict, what: null, next: textOf(one.initializer), file }]
  })
}

/** A code that a function of the same file chooses is one of the texts that it returns. */
function codesOf(code: ts.Expression, source: ts.SourceFile): string[] {
  if (!ts.isCallExpression(code)) return literalsOf(code)
  const name = code.expression.getText()
  const chooser = source.statements.find(
    (one) => ts.isFunctionDeclaration(one) && one.name?.text === name,
  )
  const codes: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression !== undefined)
      codes.push(...literalsOf(node.expression))
    ts.forEachChild(node, visit)
  }
  if (chooser !== undefined) visit(chooser)
  return codes
}

function ofCall({ arguments: [code, what] }: ts.CallExpression, file: string): StatedStop[] {
  const rest = { verdict: null, what: textOf(what), next: null, file }
  return code === undefined ? [] : literalsOf(code).map((one) => ({ code: one, ...rest }))
}

/** The strings that an expression can be; one that is put together keeps `…` for what is not known. */
function literalsOf(node: ts.Expression): string[] {
  if (ts.isConditionalExpression(node))
    return [...literalsOf(node.whenTrue), ...literalsOf(node.whenFalse)]
  const text = textOf(node)
  return text === null || text === '…' ? [] : [text]
}

function textOf(node: ts.Expression | undefined): string | null {
  if (node === undefined) return null
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('')
  if (ts.isBinaryExpression(node))
    return `${textOf(node.left) ?? '…'}${textOf(node.right) ?? '…'}`.replace(/…+/g, '…')
  if (ts.isConditionalExpression(node)) return textOf(node.whenTrue)
  return null
}
