import type Database from 'better-sqlite3'
import { BODY_KEY } from './queue-shape.ts'
import { isThere } from '../base/present.ts'
import { explain, readSource, SourceProblem } from './source.ts'
import { columnsOf } from './queue-shape.ts'

/** What brings a document to its place that differs from one which waits there under the same key. */
export const AFTER_UPLOAD = 'spec-kitty sync now; spec-kitty sync migrate'

/**
 * How many documents of a queue differ from one that waits in the active queue under the same key. They
 * stay where they are until that one is uploaded: neither text may replace the other. Reads only; where
 * one of the two cannot be read, that is the complaint, and not this.
 */
export function divergentDocuments(path: string, activePath: string): number {
  if (!isThere(activePath)) return 0
  let db
  try {
    db = readSource(path).db
    db.prepare('ATTACH ? AS active').run(activePath)
    return countDivergent(db)
  } catch (cause) {
    if (explain(cause, path) instanceof SourceProblem) return 0
    throw cause
  } finally {
    db?.close()
  }
}

const QUEUE = 'body_upload_queue'

function countDivergent(db: Database.Database): number {
  const here = columnsOf(db, QUEUE)
  const there = columnsOf(db, QUEUE, 'active')
  if (there.length === 0) return 0
  const isSameKey = BODY_KEY.map(
    (column) => `s.${nameIn(here, column)} = d.${nameIn(there, column)}`,
  ).join(' AND ')
  const count = `SELECT count(*) FROM main.${QUEUE} s JOIN active.${QUEUE} d
    ON ${isSameKey} WHERE d.content_body <> s.content_body`
  return Number(db.prepare(count).pluck().get())
}

/** How two columns were called once. */
const EARLIER: Readonly<Record<string, string>> = {
  mission_slug: 'feature_slug',
  mission_type: 'mission_key',
}

function nameIn(columns: readonly string[], column: string): string {
  return columns.includes(column) ? column : (EARLIER[column] ?? column)
}
