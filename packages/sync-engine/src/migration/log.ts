import { makeFolder } from '../base/make-folder.ts'
import { closeSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SqlDatabase } from '../base/sqlite.ts'
import { statement } from '../journal/statements.ts'
import { IN_PAGE, type PageBounds } from '../queues/event-sql.ts'

// SQLite writes the lines itself, as the bytes of the file: a hundred thousand of them must not cost
// as much as the copy, and a text would be decoded and encoded again on its way.
const LINES = `
  SELECT CAST(group_concat('{"level":"info","source":"' || @digest || '","table":"queue","key":'
    || json_quote(event_id) || '}' || char(10), '') AS BLOB) FROM source.queue q WHERE ${IN_PAGE}`

/** One line per migrated row, with table and key and never a payload (BOUNDARY/FR-004). */
export class MigrationLog {
  readonly #file: number
  readonly #now: () => number

  constructor(path: string, now: () => number) {
    makeFolder(dirname(path))
    this.#file = openSync(path, 'a', 0o600)
    this.#now = now
  }

  /** The rows of one page; the line of the source says whether they were committed. */
  copied(db: SqlDatabase, digest: string, page: PageBounds): void {
    const { fromSecond, fromId, toSecond, toId } = page
    const lines = statement(db, LINES).pluck().get({ digest, fromSecond, fromId, toSecond, toId })
    if (Buffer.isBuffer(lines)) writeAll(this.#file, lines)
  }

  /** The documents or failures of an attached source, by the path that is part of their key. */
  copiedBodies(db: SqlDatabase, digest: string, table: string, slug: string): void {
    const lines = db
      .prepare<{ digest: string; table: string }, string>(
        `SELECT json_object('level', 'info', 'source', @digest, 'table', @table,
           'key', ${slug} || '/' || artifact_path || '#' || content_hash) FROM source.${table}`,
      )
      .pluck()
    for (const line of lines.iterate({ digest, table })) writeSync(this.#file, `${line}\n`)
  }

  note(fact: Readonly<Record<string, unknown>>): void {
    const at = new Date(this.#now()).toISOString()
    writeSync(this.#file, `${JSON.stringify({ level: 'info', at, ...fact })}\n`)
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** One call may write less than it was given. */
function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at += writeSync(file, bytes, at));
}
