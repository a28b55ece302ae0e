import Database from 'better-sqlite3'
import { isThere } from '../base/present.ts'
import { randomUUID } from 'node:crypto'
import { closeSync, linkSync, lstatSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { naming } from '../base/sqlite.ts'
import { privateFolder } from '../home/home.ts'
import { BODY_KEY, columnsOf } from '../queues/queue-shape.ts'
import { removeFile } from '../base/remove-file.ts'

const KEY_COLUMNS = BODY_KEY.map((column) => `${column} TEXT NOT NULL`).join(', ')
const KEY = BODY_KEY.join(', ')

/**
 * The tables of body uploads, exactly as the field knows them (SYNC/C-006): other programs read them,
 * so they are no STRICT tables and get no column.
 */
export const BODY_SCHEMA = `
CREATE TABLE IF NOT EXISTS body_upload_queue (
  id INTEGER PRIMARY KEY AUTOINCREMENT, ${KEY_COLUMNS},
  hash_algorithm TEXT NOT NULL DEFAULT 'sha256', content_body TEXT NOT NULL,
  size_bytes INTEGER NOT NULL, retry_count INTEGER NOT NULL DEFAULT 0,
  next_attempt_at REAL NOT NULL DEFAULT 0.0, created_at REAL NOT NULL, last_error TEXT,
  UNIQUE (${KEY}));
CREATE INDEX IF NOT EXISTS idx_body_queue_next_attempt ON body_upload_queue (next_attempt_at);
CREATE INDEX IF NOT EXISTS idx_body_queue_namespace
  ON body_upload_queue (project_uuid, mission_slug, target_branch);
CREATE TABLE IF NOT EXISTS body_upload_failure_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT, ${KEY_COLUMNS},
  hash_algorithm TEXT NOT NULL DEFAULT 'sha256', size_bytes INTEGER NOT NULL,
  failure_reason TEXT NOT NULL, failure_count INTEGER NOT NULL DEFAULT 1,
  first_failed_at REAL NOT NULL, last_failed_at REAL NOT NULL,
  UNIQUE (${KEY}, failure_reason));
CREATE INDEX IF NOT EXISTS idx_body_failure_last_failed_at
  ON body_upload_failure_log (last_failed_at DESC);`

/**
 * Whose login queued a document that came from the queue of another one; the tables above get no column
 * for it. What is not named here was queued by this scope's own login, or without one.
 */
const ORIGIN_SCHEMA = `
CREATE TABLE IF NOT EXISTS body_upload_origin (
  body_id INTEGER PRIMARY KEY, account TEXT NOT NULL);`

const TABLES = ['body_upload_queue', 'body_upload_failure_log'] as const

/** What the oldest generation calls two columns, and their names since. */
const RETIRED = [
  ['feature_slug', 'mission_slug'],
  ['mission_key', 'mission_type'],
] as const

/**
 * Opens (and makes, 0600) the scoped database of body uploads. One that the oldest generation left gets
 * the present names of its columns: whoever queues or uploads a document may be the first to open it.
 */
export function openBodies(path: string, onStatement?: (sql: string) => void): Database.Database {
  privateFolder(dirname(path))
  // A link that leads nowhere yet is somebody's wish where the file should be.
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) make(path)
  const verbose = onStatement && ((sql: unknown): void => onStatement(String(sql)))
  const db = naming(path, () => new Database(path, { timeout: 5_000, verbose }))
  try {
    naming(path, () => prepare(db))
    return db
  } catch (cause) {
    db.close()
    throw cause
  }
}

function prepare(db: Database.Database): void {
  db.pragma('synchronous = FULL')
  if (isOfOldest(db)) db.transaction(() => renameRetired(db)).immediate()
  db.exec(BODY_SCHEMA + ORIGIN_SCHEMA)
}

/**
 * SQLite makes a file of 0 bytes first, and a full disk or a kill would leave it: nobody can tell it
 * from a queue that lost its content. So a complete one gets the name, unless another process was
 * quicker.
 */
function make(path: string): void {
  const draft = `${path}.${randomUUID()}.new`
  try {
    closeSync(openSync(draft, 'wx', 0o600))
    const db = new Database(draft)
    try {
      db.pragma('synchronous = FULL')
      db.exec(BODY_SCHEMA + ORIGIN_SCHEMA)
    } finally {
      db.close()
    }
    linkSync(draft, path)
  } catch (cause) {
    if (!isThere(path)) throw cause
  } finally {
    removeFile(draft)
  }
}

function isOfOldest(db: Database.Database): boolean {
  return TABLES.some((table) => retiredIn(db, table).length > 0)
}

function retiredIn(db: Database.Database, table: string): (typeof RETIRED)[number][] {
  const columns = columnsOf(db, table)
  return RETIRED.filter(([old]) => columns.includes(old))
}

/** Looks again: another process may have been quicker. */
function renameRetired(db: Database.Database): void {
  for (const table of TABLES)
    for (const [old, present] of retiredIn(db, table))
      db.exec(`ALTER TABLE ${table} RENAME COLUMN ${old} TO ${present}`)
}
