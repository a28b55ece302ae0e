import type { Candidate, SkipReason } from './candidates.ts'
import { openBodies } from './database.ts'
import { BODY_KEY } from '../queues/queue-shape.ts'

/** What a document belongs to; the receiver files it under these. */
export interface Namespace {
  readonly projectUuid: string
  readonly missionSlug: string
  readonly targetBranch: string
  readonly missionType: string
  readonly manifestVersion: string
}

export interface Enqueued {
  readonly queued: number
  /** Already waiting with the same content. */
  readonly alreadyQueued: number
  readonly skipped: readonly { readonly path: string; readonly reason: SkipReason }[]
}

const INSERT = `INSERT OR IGNORE INTO body_upload_queue
  (${BODY_KEY.join(', ')}, content_body, size_bytes, created_at)
  VALUES (${BODY_KEY.map(() => '?').join(', ')}, ?, ?, ?)`

/** The very text that another login had queued before is this one's own from now on. */
const BECOMES_OWN = `DELETE FROM body_upload_origin WHERE body_id IN (
  SELECT id FROM body_upload_queue
  WHERE ${BODY_KEY.map((column) => `${column} = ?`).join(' AND ')} AND content_body = ?)`

/**
 * Queues documents for upload in the active scope's database, and nowhere else (BOUNDARY/FR-012).
 * @param path the resolved queue database
 * @param now seconds since the epoch, as this table counts
 */
export function enqueueBodies(
  path: string,
  namespace: Namespace,
  candidates: readonly Candidate[],
  now: number,
): Enqueued {
  const skipped = candidates.flatMap((one) =>
    one.kind === 'skipped' ? [{ path: one.path, reason: one.reason }] : [],
  )
  const uploads = candidates.filter((one) => one.kind === 'upload')
  const db = openBodies(path)
  try {
    const insert = db.prepare(INSERT)
    const { projectUuid, missionSlug, targetBranch, missionType, manifestVersion } = namespace
    const head = [projectUuid, missionSlug, targetBranch, missionType, manifestVersion]
    const own = db.prepare(BECOMES_OWN)
    const queued = db.transaction(() =>
      uploads
        .map((one) => {
          own.run(...head, one.path, one.hash, one.body)
          return insert.run(...head, one.path, one.hash, one.body, one.sizeBytes, now).changes
        })
        .reduce((sum, changes) => sum + changes, 0),
    )()
    return { queued, alreadyQueued: uploads.length - queued, skipped }
  } finally {
    db.close()
  }
}
