import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ifAbsent } from '@canary-gate/documents'
import Database from 'better-sqlite3'
import { traceOf } from './watched-files.ts'

/** Table → row key → digest of the row's values. */
export type TableDigests = Record<string, Record<string, string>>

/** Suffixes of the files that together are one SQLite database. */
const companions = ['', '-wal', '-journal'] as const

/**
 * Opens a database of the user for looking at it. The handle is read-only and works on a copy:
 * even a read-only connection to a database in WAL mode leaves a `-shm` file beside it, and the
 * gate leaves nothing in the folders it watches (GATE/C-003).
 * @param scratch folder for the copy, which is private and removed when the handle is disposed of
 * @throws DatabaseBusy if it never rests long enough to be copied whole; what SQLite throws if the
 *   file is no database
 */
export async function openForLooking(file: string, scratch: string): Promise<LookingGlass> {
  await mkdir(scratch, { recursive: true })
  const folder = await mkdtemp(join(scratch, 'copy-'))
  const discard = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, 'copy.db')
    await copyAtRest(file, copy)
    const database = openCopy(copy)
    return {
      database,
      [Symbol.asyncDispose]: async () => {
        database.close()
        await discard()
      },
    }
  } catch (cause) {
    await discard()
    throw cause
  }
}

/**
 * What a writer had not committed is rolled back in the copy first, because a connection that may
 * only read could not do that.
 */
function openCopy(copy: string): Database.Database {
  const mending = new Database(copy, { fileMustExist: true })
  try {
    mending.pragma('schema_version')
  } finally {
    mending.close()
  }
  return new Database(copy, { readonly: true, fileMustExist: true })
}

/** Somebody wrote to the database during every attempt to copy it: nothing is known this time. */
export class DatabaseBusy extends Error {
  override readonly name = 'DatabaseBusy'
}

export interface LookingGlass extends AsyncDisposable {
  readonly database: Database.Database
}

/** Digests every row of every table, by primary key where there is one, else by rowid. */
export async function digestDatabase(file: string, scratch: string): Promise<TableDigests> {
  await using glass = await openForLooking(file, scratch)
  const { database } = glass
  const tables = database
    .prepare(
      `SELECT name FROM sqlite_schema
        WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
    )
    .pluck()
    .all() as string[]
  return Object.fromEntries(tables.map((table) => [table, digestTable(database, table)]))
}

/** Size and time stamps of a database's files: equal ones need not be read again. */
export async function versionOf(file: string): Promise<string> {
  const parts = await Promise.all(
    companions.map(async (suffix) => {
      const info = await stat(`${file}${suffix}`, { bigint: true }).catch(ifAbsent(null))
      return info === null ? '-' : `${info.ino}.${info.size}.${info.mtimeNs}.${info.ctimeNs}`
    }),
  )
  return parts.join('|')
}

/**
 * Changes with every transaction, also with two that undo each other. Without a write-ahead log that
 * is SQLite's change counter in the header, and the inode of the file; with one, its salts (new after
 * each checkpoint) and its length (it only grows in between).
 */
export async function markOf(file: string): Promise<string | null> {
  const main = await traceOf(file)
  if (main === null) return null
  const header = await firstBytes(file, 100)
  const log = await firstBytes(`${file}-wal`, 32)
  const logInfo = await stat(`${file}-wal`, { bigint: true }).catch(ifAbsent(null))
  const counters = [24, 92].map((at) => header.subarray(at, at + 4).toString('hex'))
  const salts = log.subarray(12, 24).toString('hex')
  return [main, ...counters, salts, logInfo?.size ?? 0n].join('.')
}

async function firstBytes(file: string, count: number): Promise<Buffer> {
  const handle = await open(file).catch(ifAbsent(null))
  if (handle === null) return Buffer.alloc(0)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function copyAtRest(file: string, copy: string): Promise<void> {
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const before = await versionOf(file)
    for (const suffix of companions) {
      await rm(`${copy}${suffix}`, { force: true })
      await copyFile(`${file}${suffix}`, `${copy}${suffix}`, constants.COPYFILE_FICLONE).catch(
        (error: unknown) => {
          if (suffix === '') throw error
        },
      )
    }
    if ((await versionOf(file)) === before) return
    await pause(20 * attempt)
  }
  throw new DatabaseBusy(`${file} was being written during every attempt to copy it`)
}

function digestTable(database: Database.Database, table: string): Record<string, string> {
  const quoted = `"${table.replaceAll('"', '""')}"`
  const keys = database
    .prepare(`SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk`)
    .pluck()
    .all(table) as string[]
  const key = keys.length > 0 ? keys.map((name) => `"${name.replaceAll('"', '""')}"`) : ['rowid']
  const rows = database
    .prepare(`SELECT ${key.join(', ')}, * FROM ${quoted}`)
    .raw()
    .safeIntegers()
    .iterate() as Iterable<unknown[]>
  const digests: Record<string, string> = {}
  for (const row of rows) {
    digests[row.slice(0, key.length).map(printable).join('/')] = digestRow(row.slice(key.length))
  }
  return digests
}

function digestRow(values: readonly unknown[]): string {
  const hash = createHash('sha256')
  for (const value of values) {
    const text = printable(value)
    hash.update(`${typeof value}:${text.length}:${text};`)
  }
  return hash.digest('hex').slice(0, 32)
}

function printable(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('base64')
  return String(value)
}
