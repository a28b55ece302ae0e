import type Database from 'better-sqlite3'
import { BODY_KEY, columnsOf } from '../queues/queue-shape.ts'
import type { BodyShape } from '../queues/queue-shape.ts'
import { NO_ROWS, type TableCounts } from './report.ts'

type Connection = Database.Database

export interface BodyCopy {
  readonly bodies: TableCounts
  readonly failureLog: TableCounts
  /** Rows that must stay in the source. */
  readonly keep: readonly number[]
}

interface Shapes {
  readonly bodies: BodyShape
  readonly failures: BodyShape
}

function tablesOf({ bodies, failures }: Shapes): [string, BodyShape][] {
  return [
    ['body_upload_queue', bodies],
    ['body_upload_failure_log', failures],
  ]
}

/** The oldest generation calls two columns by retired names. */
function sourceColumn(column: string, shape: BodyShape): string {
  if (shape === 'mission') return column
  if (column === 'mission_slug') return 'feature_slug'
  return column === 'mission_type' ? 'mission_key' : column
}

const REST =
  'hash_algorithm, content_body, size_bytes, retry_count, next_attempt_at, created_at, last_error'
const KEY = BODY_KEY.join(', ')

export interface CopyOptions {
  /** Whose queue the source is; empty for the time without a login. */
  readonly account: string
  readonly onCopied: (table: string, slugColumn: string) => void
}

/**
 * Copies waiting documents and the failure log of the attached database `source` into the active
 * scope's database, by their stable keys, inside the caller's transaction (BOUNDARY/FR-001, D-1). What
 * another login queued keeps the name of its account, so that it waits for a consent that names it.
 */
export function copyBodies(
  db: Connection,
  shapes: Shapes,
  { account, onCopied }: CopyOptions,
): BodyCopy {
  const bodies =
    shapes.bodies === 'none' ? { counts: NO_ROWS, keep: [] } : copyQueue(db, shapes.bodies, account)
  const failureLog = shapes.failures === 'none' ? NO_ROWS : copyFailures(db, shapes.failures)
  for (const [table, shape] of tablesOf(shapes))
    if (shape !== 'none') onCopied(table, sourceColumn('mission_slug', shape))
  return { bodies: bodies.counts, failureLog, keep: bodies.keep }
}

function copyQueue(
  db: Connection,
  shape: BodyShape,
  account: string,
): { counts: TableCounts; keep: number[] } {
  const newest = Number(db.prepare(NEWEST).pluck().get())
  const key = BODY_KEY.map((column) => sourceColumn(column, shape)).join(', ')
  const imported = db
    .prepare(
      `INSERT OR IGNORE INTO main.body_upload_queue (${KEY}, ${REST})
       SELECT ${key}, ${REST} FROM source.body_upload_queue ORDER BY created_at, id`,
    )
    .run().changes
  if (imported > 0) noteOrigin(db, shape, { account, newest })
  const keep = db
    .prepare<[], number>(
      `SELECT s.id FROM source.body_upload_queue s LEFT JOIN main.body_upload_queue d
       ON ${sameKey(shape)} AND d.content_body = s.content_body WHERE d.id IS NULL`,
    )
    .pluck()
    .all()
  const total = count(db, 'source.body_upload_queue')
  const deduplicated = total - imported - keep.length
  return { counts: { imported, deduplicated, divergent: keep.length, waiting: 0 }, keep }
}

const NEWEST = 'SELECT coalesce(max(id), 0) FROM main.body_upload_queue'

/** A document that was moved before keeps the account that it had then. */
function noteOrigin(
  db: Connection,
  shape: BodyShape,
  { account, newest }: { readonly account: string; readonly newest: number },
): void {
  const isNoted = columnsOf(db, 'body_upload_origin', 'source').length > 0
  const known = isNoted
    ? '(SELECT o.account FROM source.body_upload_origin o WHERE o.body_id = s.id)'
    : 'NULL'
  db.prepare(
    `INSERT OR REPLACE INTO main.body_upload_origin (body_id, account)
     SELECT body_id, account FROM (
       SELECT d.id AS body_id, coalesce(${known}, @account) AS account
       FROM main.body_upload_queue d JOIN source.body_upload_queue s ON ${sameKey(shape)}
       WHERE d.id > @newest)
     WHERE account <> ''`,
  ).run({ account, newest })
}

function sameKey(shape: BodyShape): string {
  return BODY_KEY.map((column) => `d.${column} = s.${sourceColumn(column, shape)}`).join(' AND ')
}

/** Counts and dates of one failure seen from two databases are merged so that repeating adds nothing. */
function copyFailures(db: Connection, shape: BodyShape): TableCounts {
  const before = count(db, 'main.body_upload_failure_log')
  const key = BODY_KEY.map((column) => sourceColumn(column, shape)).join(', ')
  const rest =
    'hash_algorithm, size_bytes, failure_reason, failure_count, first_failed_at, last_failed_at'
  db.prepare(
    `INSERT INTO main.body_upload_failure_log (${KEY}, ${rest})
     SELECT ${key}, ${rest} FROM source.body_upload_failure_log WHERE true ORDER BY id
     ON CONFLICT (${KEY}, failure_reason) DO UPDATE SET
       failure_count = max(failure_count, excluded.failure_count),
       first_failed_at = min(first_failed_at, excluded.first_failed_at),
       last_failed_at = max(last_failed_at, excluded.last_failed_at)`,
  ).run()
  const imported = count(db, 'main.body_upload_failure_log') - before
  const total = count(db, 'source.body_upload_failure_log')
  return { imported, deduplicated: total - imported, divergent: 0, waiting: 0 }
}

function count(db: Connection, table: string): number {
  return Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
}

/** Gives the retired columns of a database that stays in use their present names. */
export function renameRetiredColumns(db: Connection, shapes: Shapes): void {
  for (const [table, shape] of tablesOf(shapes)) {
    if (shape !== 'feature') continue
    db.exec(`ALTER TABLE ${table} RENAME COLUMN feature_slug TO mission_slug`)
    db.exec(`ALTER TABLE ${table} RENAME COLUMN mission_key TO mission_type`)
  }
}

/** Rows of a table that stays where it is for now. */
export function waitingRows(db: Connection, table: string, shape: BodyShape): TableCounts {
  return shape === 'none' ? NO_ROWS : { ...NO_ROWS, waiting: count(db, `main.${table}`) }
}
