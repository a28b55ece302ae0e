import type { Remedy } from '../base/remedies.ts'
import type Database from 'better-sqlite3'
import { lstatSync } from 'node:fs'
import { IMPORTABLE } from './event-sql.ts'
import { explain, readSource, SourceProblem } from './source.ts'
import { columnsOf } from './queue-shape.ts'
import type { QueueShape } from './queue-shape.ts'

/** What waits in one queue database of the field. */
export interface QueueCounts {
  readonly path: string
  readonly events: number
  /** Whether any of them can be moved; a row that holds no event stays for ever. */
  readonly hasMovable: boolean
  readonly bodies: number
  readonly failures: number
  /** Missions whose documents wait here. */
  readonly missions: readonly string[]
  /** Why a migration would leave the file alone, with what ends that. */
  readonly trouble?: { readonly problem: string; readonly remedy: Remedy }
}

/** Counts the rows of a queue database, read-only; an absent file has none. */
export function countQueue(path: string): QueueCounts {
  const none = { path, events: 0, hasMovable: false, bodies: 0, failures: 0, missions: [] }
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return none
  let db
  try {
    const source = readSource(path)
    db = source.db
    return { path, ...countTables(db, source.shape) }
  } catch (cause) {
    const explained = explain(cause, path)
    if (!(explained instanceof SourceProblem)) throw cause
    return { ...none, trouble: { problem: explained.message, remedy: explained.remedy } }
  } finally {
    db?.close()
  }
}

type Counted = Omit<QueueCounts, 'path' | 'trouble'>

function countTables(db: Database.Database, shape: QueueShape): Counted {
  const bodies = shape.bodies === 'none' ? 0 : rows(db, 'body_upload_queue')
  return {
    events: shape.hasQueue ? rows(db, 'queue') : 0,
    hasMovable: shape.hasQueue && isAnyMovable(db),
    bodies,
    failures: shape.failures === 'none' ? 0 : rows(db, 'body_upload_failure_log'),
    missions: bodies === 0 ? [] : missionsIn(db),
  }
}

function rows(db: Database.Database, table: string): number {
  return Number(db.prepare(`SELECT count(*) FROM "${table}"`).pluck().get())
}

/** Ends at the first row that can be moved; usually that is the first row. */
function isAnyMovable(db: Database.Database): boolean {
  return db.prepare(`SELECT 1 FROM queue q WHERE ${IMPORTABLE} LIMIT 1`).get() !== undefined
}

function missionsIn(db: Database.Database): string[] {
  const columns = columnsOf(db, 'body_upload_queue')
  const column = columns.includes('mission_slug') ? 'mission_slug' : 'feature_slug'
  return db
    .prepare<[], string>(`SELECT DISTINCT "${column}" FROM body_upload_queue ORDER BY 1`)
    .pluck()
    .all()
}
