import type Database from 'better-sqlite3'
import type { SqlDatabase } from '../base/sqlite.ts'

type Prepared = Map<string, Database.Statement>

const prepared = new WeakMap<SqlDatabase, Prepared>()

/** The prepared statement for this SQL on this connection: prepared once, kept while it is open. */
export function statement<Row = unknown>(
  db: SqlDatabase,
  sql: string,
): Database.Statement<unknown[], Row> {
  let known = prepared.get(db)
  if (known === undefined) {
    known = new Map()
    prepared.set(db, known)
  }
  let found = known.get(sql)
  if (found === undefined) {
    found = db.prepare(sql)
    known.set(sql, found)
  }
  return found as Database.Statement<unknown[], Row>
}
