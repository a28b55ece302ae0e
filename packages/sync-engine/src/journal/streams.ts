import type { SqlDatabase } from '../base/sqlite.ts'
import { statement } from './statements.ts'

/** Events of one project that were captured under one account. */
export interface StreamKey {
  readonly project: string
  readonly account: string
}

/** The number of a stream, or undefined if it has no event yet. */
export function findStream(db: SqlDatabase, { project, account }: StreamKey): number | undefined {
  const sql = 'SELECT stream_id FROM streams WHERE project = ? AND account = ?'
  return statement<number>(db, sql).pluck().get(project, account)
}

/** The number of a stream, made if it is new; inside of the caller's transaction. */
export function streamId(db: SqlDatabase, key: StreamKey): number {
  const known = findStream(db, key)
  if (known !== undefined) return known
  const sql = 'INSERT INTO streams (project, account) VALUES (?, ?)'
  return Number(statement(db, sql).run(key.project, key.account).lastInsertRowid)
}

const committed = new WeakMap<SqlDatabase, Map<string, number>>()

/** The same outside of any transaction: what was found there is never taken back. */
export function committedStream(db: SqlDatabase, key: StreamKey): number | undefined {
  let known = committed.get(db)
  if (known === undefined) committed.set(db, (known = new Map<string, number>()))
  const name = `${key.account}\n${key.project}`
  const found = known.get(name) ?? findStream(db, key)
  if (found !== undefined) known.set(name, found)
  return found
}

/**
 * Gives SQL `stream_of(project, account)`, for a statement that stores many rows. The connection is busy then, so
 * new streams are written by the function that is returned, in the same transaction.
 */
export function numberStreams(db: SqlDatabase): () => void {
  const known = new Map<string, number>()
  let last = 0
  const all = statement<[string, string, number]>(
    db,
    'SELECT project, account, stream_id FROM streams',
  )
  for (const [project, account, id] of all.raw().all()) {
    known.set(`${account}\n${project}`, id)
    last = Math.max(last, id)
  }
  const fresh: [number, string, string][] = []
  db.function('stream_of', (producer: unknown, account: unknown) => {
    const project = String(producer).toLowerCase()
    const name = `${String(account)}\n${project}`
    const found = known.get(name)
    if (found !== undefined) return found
    last += 1
    known.set(name, last)
    fresh.push([last, project, String(account)])
    return last
  })
  return () => {
    const add = statement(db, 'INSERT INTO streams (stream_id, project, account) VALUES (?, ?, ?)')
    for (const one of fresh.splice(0)) add.run(...one)
  }
}
