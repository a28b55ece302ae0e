import {
  advice,
  command,
  followedBy,
  setAside,
  specKitty,
  withRemark,
  type Remedy,
} from '../base/remedies.ts'
import Database from 'better-sqlite3'
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SyncError, type SyncCode } from '../base/errors.ts'
import type { SqlDatabase } from '../base/sqlite.ts'
import { registerAggregateKey } from './aggregate.ts'
import { readHighWater } from './high-water.ts'
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
  if (!isEmpty || existsSync(`${path}-wal`) || !wasUsed(path)) return
  throw emptied(path, 'the journal is empty (0 bytes), but it held events before')
}

function wasUsed(path: string): boolean {
  return existsSync(join(dirname(path), 'reserve')) || readHighWater(path) !== undefined
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
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const isNew = !existsSync(path)
  const verbose = verboseOf(options.onStatement)
  const db = new Database(path, { readonly: false, timeout: BUSY_TIMEOUT_MS, verbose })
  try {
    assertSqliteVersion(db, path)
    registerAggregateKey(db)
    if (isNew) chmodSync(path, 0o600)
    untilFree(() => {
      prepareConnection(db, options)
      if (schemaVersion(db) < SCHEMA_VERSION) {
        refuseWithoutTables(db, path)
        bringUpToDate(db, options.now())
      }
    })
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
  if (!existsSync(path)) return emptyDatabase()
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
  const db = new Database(path, { readonly: true, timeout: BUSY_TIMEOUT_MS })
  try {
    schemaVersion(db)
    return db
  } catch (cause) {
    db.close()
    if (!isFull(cause)) throw cause
  }
  const alone = new Database(path, { timeout: BUSY_TIMEOUT_MS })
  alone.pragma('locking_mode = EXCLUSIVE')
  return alone
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
function untilFree(step: () => void): void {
  for (const until = Date.now() + BUSY_TIMEOUT_MS; ;) {
    try {
      step()
      return
    } catch (cause) {
      const isBusy = cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')
      if (!isBusy || Date.now() > until) throw cause
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

/**
 * A journal that is not a journal any more goes out of the way as a whole, with what its log still holds,
 * once no daemon has it open; the next command begins a new one.
 */
function unusableRemedy(path: string, code: string): Remedy {
  const folder = dirname(path)
  const isForbidden = /^SQLITE_(READONLY|PERM|CANTOPEN)/.test(code)
  if (isForbidden && isFile(path))
    return withRemark(command('chmod', '-R', 'u+rwX', folder), 'as its owner')
  if (/^SQLITE_(NOTADB|CORRUPT|IOERR)/.test(code) && isFile(path))
    return withRemark(
      specKitty('doctor', 'journal', '--repair'),
      'it ends the daemon, puts every event that can be read into a new journal and keeps the damaged files',
    )
  return withRemark(
    followedBy(specKitty('sync', 'daemon', 'stop'), setAside(folder)),
    'nothing is deleted',
  )
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** Turns SQLite's codes into what happened, where and what to do; other errors pass unchanged. */
export function explainSqlite(cause: unknown, path: string): unknown {
  if (!(cause instanceof Database.SqliteError)) return cause
  const say = (code: SyncCode, what: string, remedy: Remedy): SyncError =>
    new SyncError({ code, what, where: path, remedy }, { cause })
  if (['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE'].includes(cause.code))
    return say(
      'disk-full',
      'the disk is full; nothing was changed',
      advice('free some space and repeat'),
    )
  if (cause.code.startsWith('SQLITE_BUSY'))
    return say('journal-busy', 'another process holds the journal', advice('repeat the command'))
  if (/^SQLITE_(NOTADB|CORRUPT|CANTOPEN|IOERR|READONLY|PERM)/.test(cause.code))
    return say(
      'journal-unreadable',
      `the journal cannot be used: ${cause.message}`,
      unusableRemedy(path, cause.code),
    )
  return cause
}
