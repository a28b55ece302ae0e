import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import type { z } from 'zod'
import { DocumentError } from './error.ts'
import { looksLike } from './look-alike.ts'
import { decodeText } from './text.ts'

export interface JsonRules {
  readonly maximumBytes: number
  /**
   * Keys whose number may have a fraction; every other number is an exact integer. For a document of which
   * only a part is read: `not-whole` where its writer writes whole numbers as integers, so that one with a
   * fraction is not whole, and `any` where it may write 3 as 3.0.
   */
  readonly fractions?: readonly string[] | 'not-whole' | 'any'
  /** Whether keys that only look the same are two keys: where a schema names the unknown one better. */
  readonly mayLookAlike?: true | undefined
}

/** Deeper documents exist only to exhaust a parser. */
const deepest = 64

/**
 * Parses JSON as its writer must have meant it, or not at all. On top of the grammar: no key twice in
 * one object, also not in another spelling that looks the same; integers without fraction, exponent
 * or minus zero, and never beyond what a double holds exactly.
 *
 * @throws DocumentError with every reason
 */
export function parseJson(source: Uint8Array | string, rules: JsonRules): unknown {
  const text = decodeText(source, rules.maximumBytes)
  const value = parsed(text)
  const findings = inspect(text, rules)
  if (findings.length > 0) throw new DocumentError(findings)
  return value
}

/**
 * {@link parseJson}, and then a schema.
 *
 * @throws DocumentError with every reason, each with the path of its key
 */
export function readJson<Schema extends z.ZodType>(
  schema: Schema,
  source: Uint8Array | string,
  rules: JsonRules,
): z.infer<Schema> {
  const result = schema.safeParse(parseJson(source, rules))
  if (result.success) return result.data
  throw new DocumentError(
    result.error.issues.map((issue) => `${issue.path.join('.') || 'document'}: ${issue.message}`),
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new DocumentError([`it is not a JSON document: ${why}`], { cause })
  }
}

/** JSON.parse has accepted the grammar; this looks at what it drops: duplicates and how numbers are written. */
function inspect(text: string, rules: JsonRules): string[] {
  const errors: ParseError[] = []
  const options = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false }
  const root = nested(text) > deepest ? undefined : parseTree(text, errors, options)
  if (root === undefined) return [`it is nested deeper than ${deepest} levels`]
  if (errors.length > 0)
    return errors.map(({ error, offset }) => `${printParseErrorCode(error)} at ${offset}`)
  const { fractions = [], mayLookAlike } = rules
  return findingsIn(
    {
      text,
      fractions: typeof fractions === 'string' ? fractions : new Set(fractions),
      mayLookAlike,
    },
    root,
    '',
  )
}

interface Inspected extends Pick<JsonRules, 'mayLookAlike'> {
  readonly text: string
  readonly fractions: Fractions
}

type Fractions = ReadonlySet<string> | 'not-whole' | 'any'

function findingsIn(document: Inspected, node: Node, path: string): string[] {
  const children = node.children ?? []
  switch (node.type) {
    case 'number': {
      const literal = document.text.slice(node.offset, node.offset + node.length)
      return numberFinding(literal, path, document.fractions)
    }
    case 'string':
      return String(node.value).isWellFormed() ? [] : [`${path}: is not well-formed Unicode`]
    case 'array':
      return children.flatMap((child, index) => findingsIn(document, child, `${path}.${index}`))
    case 'object':
      return [
        ...keyFindings(children, path, document.mayLookAlike === true ? String : looksLike),
        ...children.flatMap(({ children: pair = [] }) => {
          const [key, value] = pair
          const below = path === '' ? String(key?.value) : `${path}.${String(key?.value)}`
          return value === undefined ? [] : findingsIn(document, value, below)
        }),
      ]
    default:
      return []
  }
}

function keyFindings(
  properties: readonly Node[],
  path: string,
  formOf: (key: string) => string,
): string[] {
  const seen = new Map<string, string>()
  return properties.flatMap(({ children }) => {
    const key = String(children?.[0]?.value)
    const form = formOf(key)
    const first = seen.get(form)
    seen.set(form, key)
    const place = `${path === '' ? '' : `${path}.`}${key}`
    if (key === '__proto__') return [`${place}: is not a key that a document may have`]
    if (first === undefined) return []
    return [first === key ? `${place}: is there twice` : `${place}: looks like ${first}`]
  })
}

function numberFinding(literal: string, path: string, fractions: Fractions): string[] {
  if (fractions === 'any') return []
  const value = Number(literal)
  const key = path.split('.').at(-1) ?? ''
  const mayBeFraction = fractions === 'not-whole' ? !Number.isInteger(value) : fractions.has(key)
  const pattern = mayBeFraction ? /^-?\d+(?:\.\d+)?$/ : /^-?\d+$/
  if (!pattern.test(literal)) return [`${path}: ${literal} is not written as an integer`]
  if (Object.is(value, -0)) return [`${path}: is minus zero`]
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return []
  return [`${path}: ${literal} is larger than can be read exactly`]
}

/** How deep brackets are nested, strings left out; cheap, and without recursion. */
function nested(text: string): number {
  let depth = 0
  let most = 0
  for (const [bracket] of text.replace(/"(?:[^"\\]|\\.)*"/gs, '').matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1
    most = Math.max(most, depth)
  }
  return most
}
