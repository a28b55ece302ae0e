import type Database from 'better-sqlite3'
import { closeToAll, keepDecisions, type KeptDecisions } from '../consent/keep.ts'
import type { Journal } from '../journal/journal.ts'

/**
 * Takes what was decided about consent along into a repaired journal. A consent that was taken back would
 * otherwise come back by itself, with the next command in its project. Where the decisions cannot be read,
 * nothing goes out before a person agrees again.
 * @param db the damaged journal; undefined where SQLite finds no table in it
 * @returns whether the decisions are known
 */
export function takeConsentsAlong(db: Database.Database | undefined, journal: Journal): boolean {
  const kept = db && decisionsIn(db)
  const areKept = kept !== undefined && arePutDown(journal, kept)
  if (!areKept) closeToAll(journal)
  return areKept
}

/** A row of a damaged page may be none that the journal takes. */
function arePutDown(journal: Journal, kept: KeptDecisions): boolean {
  try {
    keepDecisions(journal, kept)
    return true
  } catch {
    return false
  }
}

function decisionsIn(db: Database.Database): KeptDecisions | undefined {
  try {
    const read = (table: string): object[] => db.prepare(`SELECT * FROM ${table}`).all() as object[]
    return { consents: read('consents'), audit: read('audit') }
  } catch (cause) {
    // In version 1 there was nothing to decide.
    const isOfVersion1 = cause instanceof Error && cause.message.startsWith('no such table')
    return isOfVersion1 ? { consents: [], audit: [] } : undefined
  }
}
