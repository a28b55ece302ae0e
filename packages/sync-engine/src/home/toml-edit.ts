import { isDeepStrictEqual } from 'node:util'
import { parse } from 'smol-toml'
import { pathOf, tomlPlaces, type TomlPlaces } from './toml-places.ts'

type Tables = Readonly<Record<string, unknown>>

/**
 * The text of a TOML document with one value set, and nothing else changed: every way of writing it that
 * fits is tried, and the one counts whose meaning is the old one with that value.
 * @returns undefined if no way does
 */
export function withTomlValue(
  text: string,
  table: string,
  key: string,
  value: string,
): string | undefined {
  const wanted = wantedTables(parse(text), table, key, value)
  if (wanted === undefined) return undefined
  return candidates(text, { table, key, literal: tomlText(value) }).find((candidate) =>
    means(candidate, wanted),
  )
}

/** The parsed document as it has to become; undefined where the table is something else. */
function wantedTables(
  tables: Tables,
  table: string,
  key: string,
  value: string,
): Tables | undefined {
  const before = tables[table] ?? {}
  const isTable = typeof before === 'object' && !Array.isArray(before) && !(before instanceof Date)
  return isTable ? { ...tables, [table]: { ...before, [key]: value } } : undefined
}

function means(text: string, wanted: Tables): boolean {
  try {
    return isDeepStrictEqual(plain(parse(text)), plain(wanted))
  } catch {
    return false
  }
}

/** Without prototypes, which say how a table was written. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return new Map(Object.entries(value).map(([name, held]) => [name, plain(held)]))
}

interface Edit {
  readonly table: string
  readonly key: string
  readonly literal: string
}

function candidates(text: string, { table, key, literal }: Edit): string[] {
  const places = tomlPlaces(text)
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const value = places.values.get(pathOf(table, key))
  if (value !== undefined) return [splice(text, value.from, value.to, literal)]
  const line = `${key} = ${literal}`
  return [
    ...underHeader(text, places, table, `${line}${newline}`),
    ...inInlineTable(text, places, table, line),
    ...afterDotted(text, places, table, line, newline),
    `${withNewline(text, newline)}${text === '' ? '' : newline}[${table}]${newline}${line}${newline}`,
  ]
}

function underHeader(text: string, places: TomlPlaces, table: string, line: string): string[] {
  const at = places.headers.get(pathOf(table))
  if (at === undefined) return []
  const isOpen = text[at - 1] !== '\n'
  return [splice(text, at, at, isOpen ? `\n${line}` : line)]
}

function inInlineTable(text: string, places: TomlPlaces, table: string, line: string): string[] {
  const at = places.inline.get(pathOf(table))
  return at === undefined ? [] : [line, `${line}, `].map((put) => splice(text, at, at, ` ${put}`))
}

function afterDotted(
  text: string,
  places: TomlPlaces,
  table: string,
  line: string,
  newline: string,
): string[] {
  const found = places.dotted.get(pathOf(table))
  if (found === undefined) return []
  const start = text[found.end - 1] === '\n' ? '' : newline
  return [splice(text, found.end, found.end, `${start}${found.written}${line}${newline}`)]
}

function splice(text: string, from: number, to: number, put: string): string {
  return `${text.slice(0, from)}${put}${text.slice(to)}`
}

function withNewline(text: string, newline: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}${newline}`
}

/** A basic string. Its escapes are those of JSON, which leaves one control character as it is. */
function tomlText(value: string): string {
  return JSON.stringify(value).replaceAll('\u007f', String.raw`\u007f`)
}
