import Database from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { columnsOf, isTable } from './queue-shape.ts'

/** What waits in one queue database of the field. */
export interface QueueCounts {
  readonly path: string
  readonly events: number
  readonly bodies: number
  readonly failures: number
  /** Missions whose documents wait here. */
  readonly missions: readonly string[]
  /** Why the file could not be read, if it could not. */
  readonly problem?: string
}

/** Counts the rows of a queue database, read-only; an absent file has none. */
export function countQueue(path: string): QueueCounts {
  const none = { path, events: 0, bodies: 0, failures: 0, missions: [] }
  if (!existsSync(path)) return none
  let db
  try {
    db = new Database(path, { readonly: true, timeout: 1_000 })
    return { path, ...countTables(db) }
  } catch (cause) {
    return { ...none, problem: cause instanceof Error ? cause.message : String(cause) }
  } finally {
    db?.close()
  }
}

function countTables(db: Database.Database): Omit<QueueCounts, 'path'> {
  const bodies = rows(db, 'body_upload_queue')
  return {
    events: rows(db, 'queue'),
    bodies,
    failures: rows(db, 'body_upload_failure_log'),
    missions: bodies === 0 ? [] : missionsIn(db),
  }
}

function rows(db: Database.Database, table: string): number {
  if (!isTable(db, table)) return 0
  return Number(db.prepare(`SELECT count(*) FROM "${table}"`).pluck().get())
}

function missionsIn(db: Database.Database): string[] {
  const columns = columnsOf(db, 'body_upload_queue')
  const column = columns.includes('mission_slug') ? 'mission_slug' : 'feature_slug'
  if (!columns.includes(column)) return []
  return db
    .prepare<[], string>(`SELECT DISTINCT "${column}" FROM body_upload_queue ORDER BY 1`)
    .pluck()
    .all()
}
