import { asNumber, asObject, asString, parseObject, type JsonObject } from '../base/json.ts'
import { retryAfterIn } from '../base/retry-after.ts'
import type { EventResult } from './event-result.ts'
import type { Verdict } from './event-result.ts'
import { LEAST_BATCH_BYTES } from './contract.ts'
import type { DenialCategory, Limits, PostAnswer } from './contract.ts'

export interface HttpReply {
  readonly status: number
  readonly body: string
  readonly retryAfter?: string | undefined
}

/** The per-event words of the batch API. A word that is not here says nothing (transient). */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  success: 'success',
  accepted: 'success',
  warning: 'success',
  duplicate: 'duplicate',
  queued: 'pending',
  pending: 'pending',
  rejected: 'rejected',
  failed_permanent: 'failed-permanent',
  'terminal-failed': 'failed-permanent',
  terminal_failed: 'failed-permanent',
  transient: 'transient',
  failed_transient: 'transient',
}

/** Rejections that no retry can change: the project itself is not welcome. */
const FINAL_REJECTIONS = ['project_not_admitted', 'project_not_consented', 'project_refused']

/**
 * What a reply of the batch API means (the table of docs/delivery-states.md). Pure and total: any
 * status with any body is an answer, and only a 200 with results says something about events (SYNC/T033).
 * @param nowMs to turn a `Retry-After` date into a wait
 */
export function interpretReply(reply: HttpReply, nowMs: number): PostAnswer {
  const { status: httpStatus, body } = reply
  if (isAboutSize(reply))
    return { kind: 'too-large', httpStatus, limits: limitsFrom(parseObject(body)) }
  if (httpStatus >= 200 && httpStatus < 300) return withResults(reply)
  if (httpStatus === 400 || httpStatus === 422) return refused(reply)
  if (httpStatus === 401) return denied(reply, 'auth_expired')
  if (httpStatus === 403) return denied(reply, forbiddenCategory(body))
  if (httpStatus === 409) return fenced(reply) ?? later(reply, nowMs)
  return later(reply, nowMs)
}

/** Who may not, or not now, is refused whatever the size: such an answer may speak of headers, or of a queue. */
const NOT_ABOUT_SIZE: ReadonlySet<number> = new Set([
  401, 403, 407, 408, 409, 414, 421, 425, 429, 431, 502, 503, 504,
])

function isAboutSize({ status, body }: HttpReply): boolean {
  return status === 413 || (status >= 400 && !NOT_ABOUT_SIZE.has(status) && /too.large/i.test(body))
}

function withResults({ status: httpStatus, body }: HttpReply): PostAnswer {
  const list = parseObject(body)?.['results']
  if (!Array.isArray(list)) {
    const detail = 'the server answered without a list of results'
    return { kind: 'later', httpStatus, category: 'no_results', detail }
  }
  const results = new Map<string, EventResult>()
  for (const entry of list) {
    const result = asObject(entry)
    const eventId = asString(result?.['event_id'])
    if (result === undefined || eventId === undefined) continue
    results.set(eventId, isPlainSuccess(result) ? SUCCESS : eventResult(result))
  }
  return { kind: 'results', httpStatus, results }
}

/** Most answers of a long drain are this one, so it is made once. */
const SUCCESS: EventResult = { verdict: 'success' }

function isPlainSuccess(result: JsonObject): boolean {
  return result['status'] === 'success' && Object.keys(result).length === 2
}

function eventResult(result: JsonObject): EventResult {
  const status = asString(result['status']) ?? ''
  const detail = reasonIn(result)
  const category = asString(result['error_category']) ?? asString(result['category'])
  const verdict = VERDICTS[status]
  if (verdict === undefined)
    return { verdict: 'transient', category: 'unknown_status', detail: `status "${status}"` }
  const isFinal = verdict === 'rejected' && FINAL_REJECTIONS.includes(category ?? '')
  return { verdict: isFinal ? 'failed-permanent' : verdict, category, detail }
}

function reasonIn(object: JsonObject): string | undefined {
  // The last two are those of RFC 9457.
  for (const key of ['error_message', 'error', 'reason', 'detail', 'title']) {
    // On one line: a line of its own would look like one of ours.
    const found = asString(object[key])?.trim().replaceAll(/\s+/g, ' ')
    if (found !== undefined && found !== '') return found.slice(0, 500)
  }
  return undefined
}

/** `details` is a list, or a text that holds one; it names culprits where the server knows them. */
function refused({ status: httpStatus, body }: HttpReply): PostAnswer {
  const object = parseObject(body) ?? {}
  const named = new Map<string, string>()
  for (const entry of detailsOf(object['details'])) {
    const detail = asObject(entry)
    const eventId = asString(detail?.['event_id'])
    if (detail !== undefined && eventId !== undefined)
      named.set(eventId, reasonIn(detail) ?? 'refused without a reason')
  }
  const reason = reasonIn(object) ?? [...named.values()][0] ?? 'refused without a reason'
  return { kind: 'refused', httpStatus, reason, named }
}

function detailsOf(details: unknown): readonly unknown[] {
  if (Array.isArray(details)) return details
  if (typeof details !== 'string') return []
  try {
    const parsed: unknown = JSON.parse(details)
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}

/** Only these two problems of RFC 9457 mean a copy; any other conflict passes like a busy server. */
function fenced({ status: httpStatus, body }: HttpReply): PostAnswer | undefined {
  const problem = parseObject(body)
  const type = asString(problem?.['type']) ?? ''
  if (problem === undefined || !/\/producer-(fenced|restored)$/.test(type)) return undefined
  const detail = reasonIn(problem) ?? 'this home was copied or restored'
  const next = asNumber(asObject(problem['producer'])?.['next_epoch'])
  const nextEpoch = Number.isSafeInteger(next) ? next : undefined
  return { kind: 'fenced', httpStatus, detail, nextEpoch }
}

function denied({ status: httpStatus, body }: HttpReply, category: DenialCategory): PostAnswer {
  const detail = reasonIn(parseObject(body) ?? {}) ?? `the server answered ${httpStatus}`
  return { kind: 'denied', httpStatus, category, detail }
}

function forbiddenCategory(body: string): DenialCategory {
  return /private.?team/i.test(body) ? 'missing_private_team' : 'unauthorized'
}

function later({ status: httpStatus, body, retryAfter }: HttpReply, nowMs: number): PostAnswer {
  const category =
    httpStatus === 429 ? 'throttled' : httpStatus >= 500 ? 'server_error' : 'unexpected_answer'
  const detail = reasonIn(parseObject(body) ?? {}) ?? `the server answered ${httpStatus}`
  const retryAfterMs = retryAfter === undefined ? undefined : retryAfterIn(retryAfter, nowMs)
  return {
    kind: 'later',
    httpStatus,
    category,
    detail,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

/** Batches are cut below what a server advertises: its count of bytes need not be ours. */
const SAFETY = 0.9

/** A drain holds about this much at a time, whatever a server is able to take. */
const MOST_BATCH_EVENTS = 10_000
const MOST_BATCH_BYTES = 1_048_576

/**
 * The limits that a health or a 413 body names, wherever it nests them. One that no receiver can mean is none:
 * not even an ordinary event would fit.
 */
export function limitsFrom(body: JsonObject | undefined): Partial<Limits> {
  const nested = asObject(asObject(body?.['sync_ingress'])?.['limits'])
  const found = nested ?? asObject(body?.['limits']) ?? body ?? {}
  const maxEvents = atLeast(1, found['max_events_per_batch'])
  const namedBytes = asNumber(found['max_decompressed_bytes_per_batch'])
  const maxBytes = atLeast(LEAST_BATCH_BYTES, namedBytes)
  const retryAfterMaxSeconds = atLeast(1, found['retry_after_max_seconds'])
  return {
    ...(maxEvents !== undefined && { maxEvents: Math.min(maxEvents, MOST_BATCH_EVENTS) }),
    ...(namedBytes !== undefined && { refusesAboveBytes: namedBytes }),
    ...(maxBytes !== undefined && {
      maxBytes: Math.min(Math.floor(maxBytes * SAFETY), MOST_BATCH_BYTES),
    }),
    ...(found['keeps_aggregate_order'] === true && { keepsOrder: true }),
    ...(retryAfterMaxSeconds !== undefined && { retryAfterMaxMs: retryAfterMaxSeconds * 1_000 }),
  }
}

function atLeast(least: number, value: unknown): number | undefined {
  const found = Math.floor(asNumber(value) ?? Number.NaN)
  return found >= least ? found : undefined
}
