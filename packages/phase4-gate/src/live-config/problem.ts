import type { z } from 'zod'
import { exampleAt } from './example.ts'

/** Where the wrong configuration stands: what it holds, and in which notation to suggest. */
export interface Given {
  readonly content: unknown
  readonly form: 'json' | 'toml'
}

/** One line per wrong key: its name, what is wrong with it, what to write. */
export function describeProblem(issue: z.core.$ZodIssue, given: Given): string[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(
      (key) => `${[...path, key].join('.')}: no such key; ${instead(path, key)}`,
    )
  const name = path.join('.') || 'the file'
  return [
    `${name}: ${whatIsWrong(issue, valueAt(given.content, path))}${suggestion(path, given.form)}`,
  ]
}

/** A key that differs from a known one only in case, `_` or `-` was meant to be that one. */
function instead(path: readonly string[], key: string): string {
  const known = Object.keys(exampleAt(path) ?? {})
  const meant = known.find((one) => plain(one) === plain(key))
  return meant === undefined ? 'remove it' : `write ${meant}`
}

function plain(key: string): string {
  return key.toLowerCase().replaceAll(/[-_]/g, '')
}

function whatIsWrong(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return 'is missing'
  if (issue.code === 'invalid_type')
    return `must be ${kinds[issue.expected] ?? issue.expected}, not ${kindOf(value)}`
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'too_small')
    return issue.origin === 'string' || issue.origin === 'array'
      ? 'must not be empty'
      : `must be ${issue.inclusive === true ? 'at least' : 'more than'} ${issue.minimum}`
  return issue.message
}

const kinds: Readonly<Record<string, string>> = {
  ...{ string: 'a text in quotes', number: 'a number', int: 'a whole number' },
  ...{ boolean: 'true or false', array: 'a list', object: 'a table', record: 'a table' },
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a fraction'
  return (kinds[typeof value] ?? typeof value).replace(' in quotes', '')
}

/** What stands there in the example; a whole table is too long for a line, so its keys are named. */
function suggestion(path: readonly string[], form: Given['form']): string {
  const [table, key] = [path.slice(0, -1).join('.'), path.at(-1)]
  const example = exampleAt(path)
  if (key === undefined) return '; copy docs/example.live.toml and adapt it'
  if (example === undefined) return ''
  if (typeof example === 'object' && example !== null && !Array.isArray(example))
    return `; write the table ${form === 'toml' ? `[${path.join('.')}]` : path.join('.')} with ${Object.keys(example).join(', ')}, as in docs/example.live.toml`
  const place = table === '' ? '' : form === 'toml' ? ` below [${table}]` : ` in ${table}`
  const written =
    form === 'toml' ? `${key} = ${JSON.stringify(example)}` : `"${key}": ${JSON.stringify(example)}`
  return `; write, for example, ${written}${place}`
}

function valueAt(content: unknown, path: readonly string[]): unknown {
  let value = content
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}
