import { parse, TomlError } from 'smol-toml'
import { BoundaryError } from './error.ts'
import { readIfPresent, writeAtomically } from './files.ts'
import { inWords } from './in-words.ts'
import { asObject, asString, type JsonObject } from './json.ts'
import { permissionCommand } from './permission.ts'

/** What config.toml says. Nothing is invented: an absent key is undefined. */
export interface Config {
  /** `[sync] server_url` */
  readonly serverUrl?: string
  /** `[event_sync] mode` */
  readonly mode?: string
  /** `[event_sync] external_endpoint` */
  readonly externalEndpoint?: string
  /** `[event_sync.external_headers]`; may hold a secret, so it is never shown. */
  readonly externalHeaders: Readonly<Record<string, string>>
}

/**
 * Reads config.toml; an absent file is an empty one.
 * @throws {BoundaryError} `config-invalid`; a syntax error with line and column
 */
export function readConfig(path: string): Config {
  const tables = parsed(path, textOf(path))
  const sync = tableAt(path, tables, 'sync')
  const eventSync = tableAt(path, tables, 'event_sync')
  const serverUrl = textAt(path, sync, 'sync', 'server_url')
  const mode = textAt(path, eventSync, 'event_sync', 'mode')
  const externalEndpoint = textAt(path, eventSync, 'event_sync', 'external_endpoint')
  return {
    externalHeaders: readHeaders(path, eventSync),
    ...(serverUrl === undefined ? {} : { serverUrl }),
    ...(mode === undefined ? {} : { mode }),
    ...(externalEndpoint === undefined ? {} : { externalEndpoint }),
  }
}

const HEADERS = 'external_headers'

function readHeaders(path: string, eventSync: JsonObject): Record<string, string> {
  const table = tableAt(path, eventSync, HEADERS)
  return Object.fromEntries(Object.keys(table).map((name) => headerAt(path, table, name)))
}

/** One that HTTP cannot carry would look like a server that is away. Its value may be a secret. */
function headerAt(path: string, table: JsonObject, name: string): [string, string] {
  const place = `event_sync.${HEADERS}`
  const value = textAt(path, table, place, name) ?? ''
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value))
    return [name, value]
  throw new BoundaryError({
    code: 'config-invalid',
    what: 'that is no header that can be sent',
    where: `${path}, [${place}] ${name}`,
    next: 'write its name and value in plain letters on one line',
  })
}

/** What stands in the place of a table must not pass for an empty one. */
function tableAt(path: string, tables: JsonObject, name: string): JsonObject {
  const value = tables[name]
  const table = asObject(value)
  if (value === undefined || table !== undefined) return table ?? {}
  throw new BoundaryError({
    code: 'config-invalid',
    what: `${name} is no table`,
    where: `${path}, ${name}`,
    next: `make it a table: its name in single square brackets, its keys below`,
  })
}

/** A value that is there but no text must not pass for one that is absent. */
function textAt(path: string, table: JsonObject, name: string, key: string): string | undefined {
  const value = table[key]
  const text = asString(value)
  if (value === undefined || text !== undefined) return text
  throw new BoundaryError({
    code: 'config-invalid',
    what: `${key} is no text`,
    where: `${path}, [${name}] ${key}`,
    next: 'put the value in quotation marks',
  })
}

function textOf(path: string): string {
  try {
    return readIfPresent(path) ?? ''
  } catch (cause) {
    throw new BoundaryError(
      {
        code: 'config-invalid',
        what: `the configuration cannot be read: ${inWords(cause)}`,
        where: path,
        next: readableNext(path),
      },
      { cause },
    )
  }
}

function readableNext(path: string): string {
  const command = permissionCommand(path)
  return command === undefined
    ? 'make it a file that you may read, or move it away'
    : `run: ${command} (as its owner)`
}

function parsed(path: string, text: string): JsonObject {
  try {
    return parse(text)
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    throw new BoundaryError(
      {
        code: 'config-invalid',
        what: 'the configuration is not valid TOML',
        where: `${path}, line ${cause.line}, column ${cause.column}`,
        next: 'correct that line',
      },
      { cause },
    )
  }
}

/**
 * Sets one key and leaves every other line, comments included, as the person wrote it.
 * @throws {BoundaryError} `config-invalid` if the file cannot be understood before
 */
export function setConfig(path: string, table: string, key: string, value: string): void {
  const text = textOf(path)
  parsed(path, text)
  const after = withKey(text, table, `${key} = ${JSON.stringify(value)}`, key)
  parsed(path, after)
  writeAtomically(path, after)
}

function withKey(text: string, table: string, line: string, key: string): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const start = lines.findIndex((row) => row.trim() === `[${table}]`)
  if (start < 0)
    return [...lines, ...(lines.length > 0 ? [''] : []), `[${table}]`, line, ''].join('\n')
  const next = lines.findIndex((row, index) => index > start && row.trimStart().startsWith('['))
  const end = next < 0 ? lines.length : next
  const isKey = new RegExp(`^\\s*${key}\\s*=`)
  const found = lines.findIndex((row, index) => index > start && index < end && isKey.test(row))
  if (found < 0) lines.splice(start + 1, 0, line)
  else lines[found] = line
  return `${lines.join('\n')}\n`
}
