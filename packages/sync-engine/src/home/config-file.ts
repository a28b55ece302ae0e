import { readlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { advice, withRemark, type Remedy } from '../base/remedies.ts'
import { parse, TomlError } from 'smol-toml'
import { SyncError } from '../base/errors.ts'
import { alone } from '../base/file-lock.ts'
import { readIfPresent, writeAtomically } from './files.ts'
import { withTomlValue } from './toml-edit.ts'
import { describeCause } from '../base/describe-cause.ts'
import { asObject, asString, type JsonObject } from '../base/json.ts'
import { permissionRemedy } from '../base/permission.ts'

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
  /** `[event_sync] external_format` */
  readonly externalFormat?: ExternalFormat
  /** `[event_sync] external_webhook_secret`; never shown. */
  readonly externalWebhookSecret?: string
}

/** How an external receiver gets its events. */
const EXTERNAL_FORMATS = ['batch', 'cloudevents-batch'] as const
export type ExternalFormat = (typeof EXTERNAL_FORMATS)[number]

/**
 * Reads config.toml; an absent file is an empty one.
 * @throws {SyncError} `config-invalid`; a syntax error with line and column
 */
export function readConfig(path: string): Config {
  const tables = parsed(path, textOf(path))
  const sync = tableAt(path, tables, 'sync')
  const eventSync = tableAt(path, tables, 'event_sync')
  const serverUrl = textAt(path, sync, 'sync', 'server_url')
  const mode = textAt(path, eventSync, 'event_sync', 'mode')
  const externalEndpoint = textAt(path, eventSync, 'event_sync', 'external_endpoint')
  const externalFormat = formatAt(path, eventSync)
  const externalWebhookSecret = textAt(path, eventSync, 'event_sync', 'external_webhook_secret')
  return {
    externalHeaders: readHeaders(path, eventSync),
    ...(serverUrl === undefined ? {} : { serverUrl }),
    ...(mode === undefined ? {} : { mode }),
    ...(externalEndpoint === undefined ? {} : { externalEndpoint }),
    ...(externalFormat === undefined ? {} : { externalFormat }),
    ...(externalWebhookSecret === undefined ? {} : { externalWebhookSecret }),
  }
}

function formatAt(path: string, eventSync: JsonObject): ExternalFormat | undefined {
  const named = textAt(path, eventSync, 'event_sync', 'external_format')
  const format = EXTERNAL_FORMATS.find((one) => one === named)
  if (named === undefined || format !== undefined) return format
  throw new SyncError({
    code: 'config-invalid',
    what: `"${named}" is not a format`,
    where: `${path}, [event_sync] external_format`,
    remedy: advice(`write one of: ${EXTERNAL_FORMATS.join(', ')}`),
  })
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
  throw new SyncError({
    code: 'config-invalid',
    what: 'that is not a header that can be sent',
    where: `${path}, [${place}] ${name}`,
    remedy: advice('write its name and value in plain letters on one line'),
  })
}

/** What stands in the place of a table must not pass for an empty one. */
function tableAt(path: string, tables: JsonObject, name: string): JsonObject {
  const value = tables[name]
  const table = asObject(value)
  if (value === undefined || table !== undefined) return table ?? {}
  throw new SyncError({
    code: 'config-invalid',
    what: `${name} is not a table`,
    where: `${path}, ${name}`,
    remedy: advice('make it a table: its name in single square brackets, its keys below'),
  })
}

/** A value that is there but no text must not pass for one that is absent. */
function textAt(path: string, table: JsonObject, name: string, key: string): string | undefined {
  const value = table[key]
  const text = asString(value)
  if (value === undefined || text !== undefined) return text
  throw new SyncError({
    code: 'config-invalid',
    what: `${key} is not a text`,
    where: `${path}, [${name}] ${key}`,
    remedy: advice('put the value in quotation marks'),
  })
}

function textOf(path: string): string {
  try {
    return readIfPresent(path) ?? ''
  } catch (cause) {
    throw new SyncError(
      {
        code: 'config-invalid',
        what: `the configuration cannot be read: ${describeCause(cause)}`,
        where: path,
        remedy: readableRemedy(path),
      },
      { cause },
    )
  }
}

function readableRemedy(path: string): Remedy {
  const chmod = permissionRemedy(path)
  return chmod === undefined
    ? advice('make it a file that you may read, or move it away')
    : withRemark(chmod, 'as its owner')
}

function parsed(path: string, text: string): JsonObject {
  try {
    return parse(text)
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    throw new SyncError(
      {
        code: 'config-invalid',
        what: 'the configuration is not valid TOML',
        where: `${path}, line ${cause.line}, column ${cause.column}`,
        remedy: advice('correct that line'),
      },
      { cause },
    )
  }
}

/**
 * Sets one key and leaves every other byte, comments included, as the person wrote it, in whatever way the
 * file writes its tables. A link stays one; the file that it leads to is changed.
 * @throws {SyncError} `config-invalid` if the file cannot be understood, or the value cannot be written
 *   into it; then nothing was changed
 */
export function setConfig(path: string, table: string, key: string, value: string): void {
  alone(`${path}.lock`, () => change(path, table, key, value))
}

function change(path: string, table: string, key: string, value: string): void {
  const text = textOf(path)
  parsed(path, text)
  const after = withTomlValue(text, table, key, value)
  if (after === undefined) throw notEditable(path, table, key)
  const file = linkedFile(path)
  writeAtomically(file, after)
  if (textOf(path) !== after) throw notEditable(path, table, key)
}

function notEditable(path: string, table: string, key: string): SyncError {
  return new SyncError({
    code: 'config-invalid',
    what: 'the value cannot be written into the file as it is',
    where: `${path}, [${table}] ${key}`,
    remedy: advice('write it there by hand'),
  })
}

/** The file at the end of the links, also if it does not exist yet. */
function linkedFile(path: string, left = 20): string {
  const target = left === 0 ? undefined : linkTarget(path)
  return target === undefined ? path : linkedFile(resolve(dirname(path), target), left - 1)
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
