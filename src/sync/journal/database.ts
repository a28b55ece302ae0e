import Database from 'better-sqlite3'
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { SyncError } from '../errors.ts'
import { quoted, setAside } from '../remedy.ts'
import { SCHEMA, SCHEMA_VERSION } from './schema.ts'

export type Synchronous = 'FULL' | 'NORMAL'
export type SqlDatabase = Database.Database

export interface OpenOptions {
  readonly synchronous: Synchronous
  readonly now: () => number
  /** Page cache of the connection; results only append, so they need little. */
  readonly cacheKilobytes?: number
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
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const isNew = !existsSync(path)
  const db = connect(path, { readonly: false, onStatement: options.onStatement })
  try {
    if (isNew) chmodSync(path, 0o600)
    untilFree(() => {
      prepareConnection(db, options)
      if (schemaVersion(db) === 0) createSchema(db, options.now())
    })
    assertKnownSchema(db, path)
    return db
  } catch (cause) {
    db.close()
    throw explainSqlite(cause, path)
  }
}

/** Opens the journal read-only: it never creates, migrates or writes (status, list, show). */
export function openForReading(path: string): SqlDatabase {
  if (!existsSync(path)) return emptyDatabase()
  const db = connect(path, { readonly: true })
  try {
    if (schemaVersion(db) === 0) {
      db.close()
      return emptyDatabase()
    }
    assertKnownSchema(db, path)
    return db
  } catch (cause) {
    if (db.open) db.close()
    throw explainSqlite(cause, path)
  }
}

/** A home that never captured reads like one that captured nothing. */
export function emptyDatabase(): SqlDatabase {
  const db = new Database(':memory:')
  createSchema(db, 0)
  return db
}

interface ConnectOptions {
  readonly readonly: boolean
  readonly onStatement?: ((sql: string) => void) | undefined
}

function connect(path: string, { readonly, onStatement }: ConnectOptions): SqlDatabase {
  const verbose = onStatement && ((sql: unknown): void => onStatement(String(sql)))
  try {
    const db = new Database(path, { readonly, timeout: BUSY_TIMEOUT_MS, verbose })
    assertSqliteVersion(db, path)
    return db
  } catch (cause) {
    throw explainSqlite(cause, path)
  }
}

function assertSqliteVersion(db: SqlDatabase, path: string): void {
  const version = String(db.prepare('SELECT sqlite_version()').pluck().get())
  if (isAtLeast(version, OLDEST_SQLITE)) return
  db.close()
  throw new SyncError({
    code: 'sqlite-too-old',
    what: `SQLite ${version} can corrupt a journal that two processes use`,
    where: path,
    next: `install a better-sqlite3 that carries SQLite ${OLDEST_SQLITE.join('.')} or later`,
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

/** Two first commands may race: the second waits for the lock and finds the work done. */
function createSchema(db: SqlDatabase, nowMs: number): void {
  const create = db.transaction(() => {
    if (schemaVersion(db) !== 0) return
    db.exec(SCHEMA)
    db.prepare('INSERT INTO journal_state VALUES (1, 0, 0, 0, 0, 0, 0, ?)').run(nowMs)
    db.pragma(`user_version = ${SCHEMA_VERSION}`)
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
    next: 'use the newer spec-kitty that wrote it; nothing was changed',
  })
}

/**
 * A journal that is no journal any more goes out of the way as a whole, with what its log still holds,
 * once no daemon has it open; the next command begins a new one.
 */
function unusableRemedy(path: string, code: string): string {
  const folder = dirname(path)
  const isForbidden = /^SQLITE_(READONLY|PERM|CANTOPEN)/.test(code)
  if (isForbidden && statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    return `run: chmod -R u+rwX ${quoted(folder)} (as its owner)`
  return `run: spec-kitty sync daemon stop && ${setAside(folder)} (nothing is deleted; sqlite3 with .recover may read it)`
}

/** Turns SQLite's codes into what happened, where and what to do; other errors pass unchanged. */
export function explainSqlite(cause: unknown, path: string): unknown {
  if (!(cause instanceof Database.SqliteError)) return cause
  const say = (code: SyncError['code'], what: string, next: string): SyncError =>
    new SyncError({ code, what, where: path, next }, { cause })
  if (['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE'].includes(cause.code))
    return say('disk-full', 'the disk is full; nothing was changed', 'free some space and repeat')
  if (cause.code.startsWith('SQLITE_BUSY'))
    return say('journal-busy', 'another process holds the journal', 'repeat the command')
  if (/^SQLITE_(NOTADB|CORRUPT|CANTOPEN|IOERR|READONLY|PERM)/.test(cause.code))
    return say(
      'journal-unreadable',
      `the journal cannot be used: ${cause.message}`,
      unusableRemedy(path, cause.code),
    )
  return cause
}
