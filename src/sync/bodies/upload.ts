import type Database from 'better-sqlite3'
import { asString, parseObject } from '../boundary/json.ts'
import { BODY_KEY, openBodies } from './database.ts'

/** What one run over the waiting documents brought. */
export interface BodyReport {
  readonly stored: number
  readonly alreadyThere: number
  /** Kept for a later try. */
  readonly postponed: number
  /** Refused for good; they are in the failure log. */
  readonly failed: number
  /** Why it ended early: the same for every further document. */
  readonly stopped: string | undefined
}

export interface BodyTarget {
  readonly serverUrl: string
  /** A token that is good now. */
  readonly accessToken: () => Promise<string | undefined>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly signal?: AbortSignal | undefined
}

/** A document that was refused this often is given up and logged. */
const MOST_RETRIES = 20
const LONGEST_DELAY_S = 300
const PAGE = 50
const TIMEOUT_MS = 30_000

interface BodyRow extends Readonly<Record<(typeof BODY_KEY)[number], string>> {
  readonly id: number
  readonly hash_algorithm: string
  readonly content_body: string
  readonly size_bytes: number
  readonly retry_count: number
}

/**
 * Uploads the documents that are due, oldest first. Stored ones leave the queue, refused ones go to
 * the failure log, the rest waits: one second, doubling to five minutes.
 * @param path the active scope's queue database
 */
export async function uploadBodies(path: string, target: BodyTarget): Promise<BodyReport> {
  const db = openBodies(path)
  const report = { stored: 0, alreadyThere: 0, postponed: 0, failed: 0 }
  try {
    for (let page = due(db, target.now()); page.length > 0; page = due(db, target.now())) {
      for (const row of page) {
        if (target.signal?.aborted === true) return { ...report, stopped: 'interrupted' }
        const verdict = await post(target, row)
        report[settle(db, row, verdict, target.now() / 1000)] += 1
        if (verdict.kind === 'retry' && verdict.isForAll) return { ...report, stopped: verdict.why }
      }
    }
    return { ...report, stopped: undefined }
  } finally {
    db.close()
  }
}

function due(db: Database.Database, now: number): BodyRow[] {
  return db
    .prepare<[number], BodyRow>(
      `SELECT * FROM body_upload_queue WHERE next_attempt_at <= ? ORDER BY created_at, id LIMIT ${PAGE}`,
    )
    .all(now / 1000)
}

type Verdict =
  | { readonly kind: 'stored' | 'already-there' }
  | { readonly kind: 'refused'; readonly why: string }
  /** `isForAll`: the next document would meet the same, so the run ends. */
  | { readonly kind: 'retry'; readonly why: string; readonly isForAll: boolean }

async function post(target: BodyTarget, row: BodyRow): Promise<Verdict> {
  const token = await target.accessToken()
  if (token === undefined) return { kind: 'retry', why: 'nobody is logged in', isForAll: true }
  try {
    const response = await fetch(`${target.serverUrl}/api/dossier/push-content/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(onWire(row)),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return judge(response.status, await response.text())
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    return { kind: 'retry', why, isForAll: true }
  }
}

function onWire(row: BodyRow): Record<string, string> {
  const key = Object.fromEntries(BODY_KEY.map((column) => [column, row[column]]))
  return { ...key, hash_algorithm: row.hash_algorithm, content_body: row.content_body }
}

/** What the status says about a document. Pure. */
export function judge(status: number, body: string): Verdict {
  if (status === 201) return { kind: 'stored' }
  if (status === 200) return { kind: 'already-there' }
  const error = asString(parseObject(body)?.['error']) ?? ''
  const why = `HTTP ${status}${error === '' ? '' : ` ${error}`}`
  if (status === 401 || status === 429 || status >= 500)
    return { kind: 'retry', why, isForAll: true }
  if (status === 404 && error !== 'namespace_not_found')
    return { kind: 'retry', why, isForAll: false }
  return { kind: 'refused', why }
}

/** Stores the verdict and says under which name it is counted. */
function settle(
  db: Database.Database,
  row: BodyRow,
  verdict: Verdict,
  nowS: number,
): 'stored' | 'alreadyThere' | 'postponed' | 'failed' {
  switch (verdict.kind) {
    case 'stored':
    case 'already-there':
      remove(db, row)
      return verdict.kind === 'stored' ? 'stored' : 'alreadyThere'
    case 'refused':
      giveUp(db, row, verdict.why, nowS)
      return 'failed'
    case 'retry':
      if (row.retry_count >= MOST_RETRIES && !verdict.isForAll) {
        giveUp(db, row, verdict.why, nowS)
        return 'failed'
      }
      postpone(db, row, verdict.why, nowS)
      return 'postponed'
  }
}

function remove(db: Database.Database, row: BodyRow): void {
  db.prepare('DELETE FROM body_upload_queue WHERE id = ?').run(row.id)
}

function postpone(db: Database.Database, row: BodyRow, why: string, nowS: number): void {
  const delay = Math.min(2 ** Math.min(row.retry_count, 20), LONGEST_DELAY_S)
  db.prepare(
    `UPDATE body_upload_queue SET retry_count = retry_count + 1, next_attempt_at = ?, last_error = ?
     WHERE id = ?`,
  ).run(nowS + delay, why, row.id)
}

function giveUp(db: Database.Database, row: BodyRow, why: string, nowS: number): void {
  db.transaction(() => {
    db.prepare(
      `INSERT INTO body_upload_failure_log
         (${BODY_KEY.join(', ')}, hash_algorithm, size_bytes, failure_reason, first_failed_at, last_failed_at)
       VALUES (${BODY_KEY.map(() => '?').join(', ')}, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET failure_count = failure_count + 1, last_failed_at = excluded.last_failed_at`,
    ).run(
      ...BODY_KEY.map((column) => row[column]),
      row.hash_algorithm,
      row.size_bytes,
      why,
      nowS,
      nowS,
    )
    remove(db, row)
  }).immediate()
}
