import type Database from 'better-sqlite3'
import { columnsOf } from '../queues/queue-shape.ts'
import { isThere } from '../base/present.ts'
import { explain, readSource, SourceProblem } from '../queues/source.ts'

/** The waiting documents of one project that one login queued. */
export interface DocumentGroup {
  readonly project: string
  /** The login of another scope that they were queued under; empty for this scope's own, or none. */
  readonly account: string
  readonly documents: number
}

/** In SQL, of row `b`: its project in one spelling. */
export const PROJECT_OF = 'lower(b.project_uuid)'

/** In SQL, of row `b`: the account that it was queued under. */
export const ACCOUNT_OF = `coalesce(
  (SELECT o.account FROM body_upload_origin o WHERE o.body_id = b.id), '')`

/**
 * In SQL, of row `b`: whether it is to be tried at second `@now`. A time farther off than a delay ever is
 * was written under a clock that was ahead.
 */
export const IS_DUE = '(b.next_attempt_at <= @now OR b.next_attempt_at > @now + 86400)'

/** All waiting documents, by project and login. */
export function documentGroups(db: Database.Database): DocumentGroup[] {
  return grouped(db, 'true', 0)
}

/** The documents that are to be tried now. */
export function dueDocumentGroups(db: Database.Database, nowSeconds: number): DocumentGroup[] {
  return grouped(db, IS_DUE, nowSeconds)
}

function grouped(db: Database.Database, condition: string, now: number): DocumentGroup[] {
  if (columnsOf(db, 'body_upload_queue').length === 0) return []
  const account = columnsOf(db, 'body_upload_origin').length > 0 ? ACCOUNT_OF : `''`
  return db
    .prepare<{ now: number }, DocumentGroup>(
      `SELECT ${PROJECT_OF} AS project, ${account} AS account, count(*) AS documents
       FROM body_upload_queue b WHERE ${condition} AND @now IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`,
    )
    .all({ now })
}

export interface DocumentsWaiting {
  /** Those that may go out. */
  readonly waiting: number
  /** Those that may not go out before somebody agrees. */
  readonly forConsent: readonly DocumentGroup[]
}

/** Waiting documents, with those apart that nobody agreed to send. */
export function documentsWaiting(
  db: Database.Database,
  mayGo: (group: Pick<DocumentGroup, 'project' | 'account'>) => boolean = () => true,
): DocumentsWaiting {
  const groups = documentGroups(db)
  const forConsent = groups.filter((group) => !mayGo(group))
  const waiting = groups.reduce((sum, { documents }) => sum + documents, 0)
  return { waiting: waiting - documentCount(forConsent), forConsent }
}

export function documentCount(groups: readonly DocumentGroup[]): number {
  return groups.reduce((sum, { documents }) => sum + documents, 0)
}

/** The same of a queue database that is looked at only; where it cannot be read, that is told elsewhere. */
export function readDocumentGroups(path: string): DocumentGroup[] {
  if (!isThere(path)) return []
  let db
  try {
    db = readSource(path).db
    return documentGroups(db)
  } catch (cause) {
    if (explain(cause, path) instanceof SourceProblem) return []
    throw cause
  } finally {
    db?.close()
  }
}
