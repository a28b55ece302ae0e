import type Database from 'better-sqlite3'
import { asString, parseObject, type JsonObject } from '../base/json.ts'
import { boundedText, noAnswerText, request } from '../base/network.ts'
import { openBodies } from './database.ts'
import {
  ACCOUNT_OF,
  documentsWaiting,
  dueDocumentGroups,
  IS_DUE,
  PROJECT_OF,
  type DocumentGroup,
} from './groups.ts'
import { BODY_KEY } from '../queues/queue-shape.ts'

/** What one run over the waiting documents brought. */
export interface BodyReport {
  readonly stored: number
  readonly alreadyThere: number
  /** Kept for a later try. */
  readonly postponed: number
  /** Refused for good; they are in the failure log. */
  readonly failed: number
  /** What is in the queue still and may go out, due or not. */
  readonly waiting: number
  /** What is in the queue and may not go out before somebody agrees. */
  readonly forConsent: readonly DocumentGroup[]
  /** Why it ended early: the same for every further document. */
  readonly stopped: string | undefined
}

export interface BodyTarget {
  readonly serverUrl: string
  /** Whether a document may go out, asked before each; the caller answers for all where it is left out. */
  readonly mayGo?: (group: Pick<DocumentGroup, 'project' | 'account'>) => boolean
  /** A token that is good now; another one in place of one that was refused. */
  readonly accessToken: (refused?: string) => Promise<string | undefined>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly signal?: AbortSignal | undefined
}

/** A document that could not be filed this often is given up and logged. */
const MOST_RETRIES = 20
const LONGEST_DELAY_S = 300
/** From this count on the delay is the longest there is (2^9 s). */
const LONGEST_DELAY_AT = 9
const PAGE = 50
const TIMEOUT_MS = 30_000

interface BodyRow extends Readonly<Record<(typeof BODY_KEY)[number], string>> {
  readonly id: number
  readonly project: string
  readonly account: string
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
  const counts: Counts = { stored: 0, alreadyThere: 0, postponed: 0, failed: 0 }
  try {
    const stopped = await uploadDue(db, target, counts)
    const { waiting, forConsent } = documentsWaiting(db, target.mayGo)
    return { ...counts, waiting, forConsent, stopped }
  } finally {
    db.close()
  }
}

type Counts = Record<'stored' | 'alreadyThere' | 'postponed' | 'failed', number>

/** Uploads page after page, counting on the way; says why it ended early, if it did. */
async function uploadDue(
  db: Database.Database,
  target: BodyTarget,
  counts: Counts,
): Promise<string | undefined> {
  const next = (): BodyRow[] => due(db, target)
  for (let page = next(); page.length > 0; page = next())
    for (const row of page) {
      if (target.signal?.aborted === true) return 'interrupted'
      // A consent that is taken back counts from the next document on: a page of them is read anew then.
      if (target.mayGo?.({ project: row.project, account: row.account }) === false) break
      const verdict = await post(target, row)
      if (verdict.kind === 'not-sent') return verdict.why
      counts[settle(db, row, verdict, target.now() / 1000)] += 1
      if (verdict.kind === 'service-away') return verdict.why
    }
  return undefined
}

function due(db: Database.Database, { now, mayGo }: BodyTarget): BodyRow[] {
  const groups = dueDocumentGroups(db, now() / 1000).filter((group) => mayGo?.(group) ?? true)
  const keys = groups.map(({ project, account }) => `${project}\n${account}`)
  return db
    .prepare<{ now: number; keys: string }, BodyRow>(
      `SELECT b.*, ${PROJECT_OF} AS project, ${ACCOUNT_OF} AS account FROM body_upload_queue b
       WHERE ${IS_DUE}
         AND ${PROJECT_OF} || char(10) || ${ACCOUNT_OF} IN (SELECT value FROM json_each(@keys))
       ORDER BY created_at, id LIMIT ${PAGE}`,
    )
    .all({ now: now() / 1000, keys: JSON.stringify(keys) })
}

type Verdict =
  | { readonly kind: 'stored' | 'already-there' }
  | { readonly kind: 'refused'; readonly why: string }
  /** This document cannot be filed yet; the next one may. */
  | { readonly kind: 'not-yet'; readonly why: string }
  /** The next document would meet the same, so the run ends. */
  | { readonly kind: 'service-away'; readonly why: string; readonly status?: number }

/** Nothing left this machine, so nothing is held against the document. */
interface NotSent {
  readonly kind: 'not-sent'
  readonly why: string
}

async function post(target: BodyTarget, row: BodyRow): Promise<Verdict | NotSent> {
  const token = await target.accessToken()
  const verdict = await postAs(target, row, token)
  if (token === undefined || verdict.kind !== 'service-away' || verdict.status !== 401)
    return verdict
  // Refused before its time: one renewal, one more try.
  const renewed = await target.accessToken(token)
  return renewed === undefined || renewed === token ? verdict : postAs(target, row, renewed)
}

async function postAs(
  target: BodyTarget,
  row: BodyRow,
  token: string | undefined,
): Promise<Verdict | NotSent> {
  if (token === undefined) return { kind: 'not-sent', why: 'nobody is logged in' }
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  const signal = target.signal === undefined ? timeout : AbortSignal.any([timeout, target.signal])
  const url = `${target.serverUrl}/api/dossier/push-content/`
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(onWire(row)),
      signal,
    })
    return judge(response.status, await boundedText(response))
  } catch (cause) {
    if (target.signal?.aborted === true) return { kind: 'not-sent', why: 'interrupted' }
    return { kind: 'service-away', why: noAnswerText(url, cause) }
  }
}

function onWire(row: BodyRow): Record<string, string> {
  const key = Object.fromEntries(BODY_KEY.map((column) => [column, row[column]]))
  return { ...key, hash_algorithm: row.hash_algorithm, content_body: row.content_body }
}

/** Answers that say nothing about a document: a proxy's on the way, or a server's that is too busy. */
const NOT_ITS_WORD: readonly number[] = [401, 407, 408, 425, 429]

/**
 * What the status says about a document. Only an answer in JSON, or without words, is the service's own: a page
 * for people that says 200 (a login page, the portal of a network) has stored nothing, and one that says 403 has
 * refused nothing. Pure.
 */
export function judge(status: number, body: string): Verdict {
  const answer = body.trim() === '' ? {} : parseObject(body)
  if (answer !== undefined && (status === 200 || status === 201))
    return { kind: status === 201 ? 'stored' : 'already-there' }
  const error = errorIn(answer)
  const why = `HTTP ${status} ${error}`.trimEnd()
  if (status < 400 || status >= 500 || NOT_ITS_WORD.includes(status))
    return { kind: 'service-away', why, status }
  const isNotFiledYet = status === 404 && error !== 'namespace_not_found'
  // A page of whoever is on the way may be gone tomorrow; the tries of a document are counted.
  return { kind: isNotFiledYet || answer === undefined ? 'not-yet' : 'refused', why }
}

function errorIn(answer: JsonObject | undefined): string {
  return asString(answer?.['error'])?.trim().replaceAll(/\s+/g, ' ').slice(0, 500) ?? ''
}

/** Stores the verdict and says under which name it is counted. */
function settle(db: Database.Database, row: BodyRow, verdict: Verdict, nowS: number): keyof Counts {
  switch (verdict.kind) {
    case 'stored':
    case 'already-there':
      remove(db, row)
      return verdict.kind === 'stored' ? 'stored' : 'alreadyThere'
    case 'refused':
      giveUp(db, row, verdict.why, nowS)
      return 'failed'
    case 'not-yet':
      if (row.retry_count >= MOST_RETRIES) {
        giveUp(db, row, verdict.why, nowS)
        return 'failed'
      }
      postpone(db, row, verdict, nowS)
      return 'postponed'
    case 'service-away':
      postpone(db, row, verdict, nowS)
      return 'postponed'
  }
}

function remove(db: Database.Database, row: BodyRow): void {
  db.prepare('DELETE FROM body_upload_queue WHERE id = ?').run(row.id)
  db.prepare('DELETE FROM body_upload_origin WHERE body_id = ?').run(row.id)
}

/**
 * Waits `1 s * 2^retries`, at most five minutes. A service that is away raises the count only as far as
 * the delay needs it: an outage, however long, never uses up the tries of a document.
 */
function postpone(
  db: Database.Database,
  row: BodyRow,
  { kind, why }: { kind: 'not-yet' | 'service-away'; why: string },
  nowS: number,
): void {
  const delay = Math.min(2 ** Math.min(row.retry_count, LONGEST_DELAY_AT), LONGEST_DELAY_S)
  const isCounted = kind === 'not-yet' || row.retry_count < LONGEST_DELAY_AT
  db.prepare(
    `UPDATE body_upload_queue SET retry_count = retry_count + ?, next_attempt_at = ?, last_error = ?
     WHERE id = ?`,
  ).run(isCounted ? 1 : 0, nowS + delay, why, row.id)
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
