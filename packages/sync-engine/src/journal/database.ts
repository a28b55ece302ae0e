import { makeFolder } from '../base/make-folder.ts'
import { advice, specKitty, withRemark } from '../base/remedies.ts'
import Database from 'better-sqlite3'
import { isThere } from '../base/present.ts'
import { accessSync, constants, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isReadOnly } from '../base/permission.ts'
import { SyncError } from '../base/errors.ts'
import { makePrivate, type SqlDatabase } from '../base/sqlite.ts'
import { registerAggregateKey } from './aggregate.ts'
import { explainSqlite } from './explain-sqlite.ts'
import { readHighWater } from './high-water.ts'
import { openCopy } from './read-only-copy.ts'
import { SCHEMA } from './schema.ts'
import { readAsUpgraded, SCHEMA_VERSION, upgrade } from './upgrade/steps.ts'

export type Synchronous = 'FULL' | 'NORMAL'

export interface OpenOptions {
  readonly synchronous: Synchronous
  readonly now: () => number
  /** Page cache of the connection; results only append, so they need little. */
  readonly cacheKilobytes?: number
  /** Called where the disk has no space for opening; the second attempt decides. */
  readonly onFull?: (() => void) | undefined
  /** Called with every statement as it starts; the full-disk test strikes here. */
  readonly onStatement?: ((sql: string) => void) | undefined
}

/** Two connections of one WAL file may corrupt it in earlier versions; we are always two or more. */
const OLDEST_SQLITE = [3, 51, 3] as const

/** How long a writer waits for another writer; every transaction here is a few milliseconds long. */
const BUSY_TIMEOUT_MS = 15_000

/**
 * Opens the journal file for writing and creates it (0600, its folder 0700) if it is not there.
 * @throws {SyncError} `sqlite-too-old`, `journal-newer`, `journal-unreadable`
 */
export function openForWriting(path: string, options: OpenOptions): SqlDatabase {
  try {
    return openOnce(path, options)
  } catch (cause) {
    if (options.onFull === undefined || !isFull(cause)) throw explainSqlite(cause, path)
    options.onFull()
  }
  try {
    return openOnce(path, options)
  } catch (cause) {
    throw explainSqlite(cause, path)
  }
}

/** The log and its index are files, too, and opening makes them. */
function isFull(cause: unknown): boolean {
  if (!(cause instanceof Error && 'code' in cause)) return false
  return /^(ENOSPC|SQLITE_FULL|SQLITE_IOERR_SHM\w*|SQLITE_IOERR_WRITE|SQLITE_CANTOPEN)$/.test(
    String(cause.code),
  )
}

/**
 * The reserve is set aside, and a position noted, only once a journal has its tables. So a journal of no bytes along with it did
 * not begin a moment ago: it was lost, and must not be taken for a new one.
 */
function refuseEmptied(path: string): void {
  const isEmpty = statSync(path, { throwIfNoEntry: false })?.size === 0
  if (!isEmpty || isThere(`${path}-wal`) || !wasUsed(path)) return
  throw emptied(path, 'the journal is empty (0 bytes), but it held events before')
}

function wasUsed(path: string): boolean {
  return isThere(join(dirname(path), 'reserve')) || readHighWater(path) !== undefined
}

function emptied(path: string, what: string): SyncError {
  return new SyncError({
    code: 'journal-unreadable',
    what,
    where: path,
    remedy: withRemark(
      specKitty('doctor', 'journal', '--repair'),
      'or put a backup in its place; the empty file is kept',
    ),
  })
}

function openOnce(path: string, options: OpenOptions): SqlDatabase {
  refuseEmptied(path)
  makeFolder(dirname(path))
  return untilFree(() => connect(path, options))
}

/**
 * Who waits for a file by having it open would, after a repair, have the damaged one. So the first look
 * waits for nothing: the file is closed, and opened again by its name.
 */
const AT_ONCE = { timeout: 0 } as const

function waitFromNowOn(db: SqlDatabase): void {
  db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
}

function connect(path: string, options: OpenOptions): SqlDatabase {
  makePrivate(path)
  // SQLite would open it for reading instead, and fail at the first change.
  accessSync(path, constants.R_OK | constants.W_OK)
  const db = new Database(path, { ...AT_ONCE, verbose: verboseOf(options.onStatement) })
  try {
    assertSqliteVersion(db, path)
    registerAggregateKey(db)
    const version = schemaVersion(db)
    waitFromNowOn(db)
    prepareConnection(db, options)
    if (version < SCHEMA_VERSION) {
      refuseWithoutTables(db, path)
      bringUpToDate(db, options.now())
    }
    assertKnownSchema(db, path)
    return db
  } catch (cause) {
    db.close()
    throw cause
  }
}

/** Events were captured, and the file has no tables: all of them were in a log that is not there. */
function refuseWithoutTables(db: SqlDatabase, path: string): void {
  if (schemaVersion(db) > 0 || readHighWater(path) === undefined) return
  throw emptied(path, 'the journal has no tables, but it held events before: its log was lost')
}

/** Opens the journal read-only: it never creates, migrates or writes (status, list, show). */
export function openForReading(path: string): SqlDatabase {
  if (!isThere(path)) return emptyDatabase()
  refuseEmptied(path)
  let db: SqlDatabase | undefined
  try {
    db = connectForReading(path)
    assertSqliteVersion(db, path)
    registerAggregateKey(db)
    const version = schemaVersion(db)
    if (version === 0) {
      refuseWithoutTables(db, path)
      db.close()
      return emptyDatabase()
    }
    assertKnownSchema(db, path)
    readAsUpgraded(db, version)
    return db
  } catch (cause) {
    if (db?.open === true) db.close()
    throw explainSqlite(cause, path)
  }
}

/**
 * A connection that reads needs the index of the log, which is a file. On a full disk nobody has the
 * journal open if it is not there, so this connection keeps the index in its own memory.
 */
function connectForReading(path: string): SqlDatabase {
  try {
    return untilFree(() => lookInto(path))
  } catch (cause) {
    if (!isFull(cause)) throw cause
  }
  if (isReadOnly(path)) return openCopy(path)
  const alone = new Database(path, { timeout: BUSY_TIMEOUT_MS })
  alone.pragma('locking_mode = EXCLUSIVE')
  return alone
}

function lookInto(path: string): SqlDatabase {
  const db = new Database(path, { readonly: true, ...AT_ONCE })
  try {
    schemaVersion(db)
    waitFromNowOn(db)
    return db
  } catch (cause) {
    db.close()
    throw cause
  }
}

/** A home that never captured reads like one that captured nothing. */
export function emptyDatabase(): SqlDatabase {
  const db = new Database(':memory:')
  registerAggregateKey(db)
  bringUpToDate(db, 0)
  return db
}

function verboseOf(onStatement: OpenOptions['onStatement']): ((sql: unknown) => void) | undefined {
  return onStatement && ((sql: unknown): void => onStatement(String(sql)))
}

function assertSqliteVersion(db: SqlDatabase, path: string): void {
  const version = String(db.prepare('SELECT sqlite_version()').pluck().get())
  if (isAtLeast(version, OLDEST_SQLITE)) return
  db.close()
  throw new SyncError({
    code: 'sqlite-too-old',
    what: `SQLite ${version} can corrupt a journal that two processes use`,
    where: path,
    remedy: advice(
      `install a better-sqlite3 that carries SQLite ${OLDEST_SQLITE.join('.')} or later`,
    ),
  })
}

/** Whether a dotted version is at or after another. */
export function isAtLeast(version: string, oldest: readonly number[]): boolean {
  const parts = version.split('.').map(Number)
  for (const [index, wanted] of oldest.entries()) {
    const found = parts[index] ?? 0
    if (found !== wanted) return found > wanted
  }
  return true
}

/** How long a refused first step waits before it is tried again. */
const PAUSE_MS = 5

/**
 * Several first commands that turn the same new file into WAL would wait for each other for ever, so
 * SQLite refuses one of them at once, whatever its timeout. What it was about to do is tried again.
 */
function untilFree<T>(step: () => T): T {
  // Not by the wall clock: one that jumps would end the wait.
  for (const until = performance.now() + BUSY_TIMEOUT_MS; ;) {
    try {
      return step()
    } catch (cause) {
      const isBusy = cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')
      if (!isBusy || performance.now() > until) throw cause
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    }
  }
}

/** better-sqlite3 is built with NORMAL for WAL files, so the level is always set by name. */
function prepareConnection(
  db: SqlDatabase,
  { synchronous, cacheKilobytes = 32_000 }: OpenOptions,
): void {
  // Only a file without a page takes it (and every other is written to): what gc frees can then be
  // given back to the file system.
  if (db.pragma('page_count', { simple: true }) === 0) db.pragma('auto_vacuum = INCREMENTAL')
  db.pragma('journal_mode = WAL')
  db.pragma(`synchronous = ${synchronous}`)
  db.pragma('foreign_keys = ON')
  db.pragma('recursive_triggers = ON')
  db.pragma('wal_autocheckpoint = 4000')
  db.pragma('journal_size_limit = 67108864')
  db.pragma(`cache_size = -${cacheKilobytes}`)
}

function schemaVersion(db: SqlDatabase): number {
  return Number(db.pragma('user_version', { simple: true }))
}

const NEW_STATE = `
  INSERT INTO journal_state (id, claimed_through, holes, removed, removed_bytes, archived,
    removed_through, created_at_ms) VALUES (1, 0, 0, 0, 0, 0, 0, ?)`

/**
 * Creates the tables of a new journal, or upgrades one of an earlier version in place. Everything is
 * one transaction: a process that is killed changes nothing, and of two that come at the same time the
 * second waits for the lock and finds the work done.
 */
function bringUpToDate(db: SqlDatabase, nowMs: number): void {
  const create = db.transaction(() => {
    const version = schemaVersion(db)
    if (version >= SCHEMA_VERSION) return
    if (version === 0) {
      db.exec(SCHEMA)
      db.prepare(NEW_STATE).run(nowMs)
    }
    upgrade(db, Math.max(version, 1))
  })
  create.immediate()
}

function assertKnownSchema(db: SqlDatabase, path: string): void {
  const version = schemaVersion(db)
  if (version <= SCHEMA_VERSION) return
  throw new SyncError({
    code: 'journal-newer',
    what: `the journal has format ${version}, this program knows up to ${SCHEMA_VERSION}`,
    where: path,
  })
}

/** No version beyond these can be real; the number of a damaged file says nothing. */
const MOST_VERSIONS = 10_000

/**
 * What a newer program wrote can be brought back by that program alone.
 * @throws {SyncError} `journal-newer`
 */
export function refuseLaterVersion(path: string): void {
  if (!isThere(path)) return
  try {
    const db = connectForReading(path)
    try {
      if (schemaVersion(db) < MOST_VERSIONS) assertKnownSchema(db, path)
    } finally {
      db.close()
    }
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError)) throw cause
  }
}
