import { isDeepStrictEqual } from 'node:util'
import { asObject, asString, type JsonObject } from '../base/json.ts'

/** An event as producers hand it over: the whole envelope of the event contract. */
export interface EventEnvelope {
  readonly event_id: string
  readonly event_type: string
  readonly aggregate_id: string
  readonly timestamp: string
  readonly build_id: string
  readonly node_id: string
  readonly lamport_clock: number
  readonly project_uuid: string
  readonly correlation_id: string
  readonly payload: JsonObject
  readonly team_slug?: string | null
  readonly drain_blocked_reason?: string | null
  readonly [field: string]: unknown
}

type Check = (value: unknown) => boolean

const text: Check = (value) => typeof value === 'string' && value.trim() !== ''
const absentOr =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const optional = (check: Check): Check => absentOr((value) => value === null || check(value))
const matching =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value)
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const ULID_OR_UUID = new RegExp(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$|^[0-9a-f]{32}$|${UUID.source}`, 'i')
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** The fields of the envelope, each with its test and the words for a failure. */
const FIELDS: readonly (readonly [field: string, check: Check, wanted: string])[] = [
  ['event_id', matching(ULID_OR_UUID), 'a ULID or a UUID'],
  ['event_type', text, 'a non-empty text'],
  ['aggregate_id', text, 'a non-empty text'],
  ['aggregate_type', absentOr(text), 'a non-empty text'],
  ['timestamp', isTime, 'an ISO 8601 time with a zone'],
  ['build_id', text, 'a non-empty text'],
  ['node_id', text, 'a non-empty text'],
  ['lamport_clock', count, 'a whole number from 0'],
  ['project_uuid', matching(UUID), 'a UUID'],
  ['correlation_id', matching(/^.{26,36}$/), 'a text of 26 to 36 characters'],
  ['causation_id', optional(matching(/^.{26,36}$/)), 'a text of 26 to 36 characters, or null'],
  ['schema_version', absentOr(matching(/^\d+\.\d+\.\d+$/)), 'a version such as 3.0.0'],
  ['data_tier', absentOr((tier) => count(tier) && (tier as number) <= 4), 'a number from 0 to 4'],
  ['payload', (value) => asObject(value) !== undefined, 'an object'],
  ['team_slug', optional(text), 'a non-empty text, or null'],
  ['project_slug', optional(text), 'a non-empty text, or null'],
  ['repo_slug', optional(text), 'a non-empty text, or null'],
  ['git_branch', optional(text), 'a non-empty text, or null'],
  ['head_commit_sha', optional(text), 'a non-empty text, or null'],
  ['drain_blocked_reason', optional(text), 'a non-empty text, or null'],
]

/** The service refuses every other field of the envelope. */
const ENVELOPE_FIELDS = new Set(FIELDS.map(([field]) => field))

const LANES = /^(planned|claimed|in_progress|for_review|in_review|approved|done|blocked|canceled)$/

/** The payload of `WPStatusChanged`; its lanes and its force rule were settled by the event contract. */
const STATUS_FIELDS: typeof FIELDS = [
  ['wp_id', text, 'a non-empty text'],
  ['from_lane', optional(matching(LANES)), 'a known lane'],
  ['to_lane', matching(LANES), 'a known lane'],
  ['actor', (actor) => text(actor) || asObject(actor) !== undefined, 'a non-empty text'],
  ['mission_slug', text, 'a non-empty text'],
  ['execution_mode', matching(/^(worktree|direct_repo)$/), 'worktree or direct_repo'],
  ['force', absentOr((force) => typeof force === 'boolean'), 'true or false'],
  ['reason', optional((reason) => typeof reason === 'string'), 'a text, or null'],
  ['review_ref', optional((ref) => typeof ref === 'string'), 'a text, or null'],
  ['evidence', () => true, 'anything'],
]
const PAYLOAD_FIELDS = new Set(STATUS_FIELDS.map(([field]) => field))

/**
 * What is wrong with an event under the event contract; empty if nothing is. Checked at capture, so
 * that no server can be the first to notice weeks later (SYNC/T013).
 */
export function envelopeProblems(candidate: unknown): readonly string[] {
  const event = asObject(candidate)
  if (event === undefined) return ['the event is not an object']
  const problems = failures(event, FIELDS, '')
  problems.push(
    ...surplus(event, ENVELOPE_FIELDS)
      .filter((field) => !isRepeated(event, field))
      .map((field) => `${field} is not a field of the envelope`),
  )
  if (event['event_type'] === 'WPStatusChanged') problems.push(...statusProblems(event['payload']))
  return problems
}

/**
 * Programs of schema version 3 and before repeated fields of a status change at the top of its
 * envelope. They say nothing new, so they are taken as they are; another value is a contradiction.
 */
function isRepeated(event: JsonObject, field: string): boolean {
  if (event['event_type'] !== 'WPStatusChanged' || !PAYLOAD_FIELDS.has(field)) return false
  if (!/^[0-3]\.|^$/.test(asString(event['schema_version']) ?? '')) return false
  const payload = asObject(event['payload'])
  return isDeepStrictEqual(event[field], payload?.[field])
}

function failures(object: JsonObject, checks: typeof FIELDS, prefix: string): string[] {
  const found: string[] = []
  for (const [field, check, wanted] of checks) {
    if (!check(object[field])) found.push(`${prefix}${field} must be ${wanted}`)
  }
  return found
}

function surplus(object: JsonObject, known: ReadonlySet<string>): string[] {
  const found: string[] = []
  for (const field in object)
    if (object[field] !== undefined && !known.has(field)) found.push(field)
  return found
}

function statusProblems(candidate: unknown): string[] {
  const payload = asObject(candidate)
  if (payload === undefined) return []
  const problems = failures(payload, STATUS_FIELDS, 'payload.')
  problems.push(
    ...surplus(payload, PAYLOAD_FIELDS).map((field) => `payload.${field} is not a field of it`),
  )
  const forced = payload['force'] === true
  if (forced && !text(payload['reason'])) problems.push('payload.reason must say why it is forced')
  if (!forced && payload['from_lane'] === 'in_review' && payload['to_lane'] === 'planned')
    problems.push('payload.force must be true for a step back from in_review to planned')
  return problems
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && ISO_TIME.test(value) && !Number.isNaN(Date.parse(value))
}

/** Retired names that every server refuses, at whatever depth they stand. */
const RETIRED_KEY =
  /"(feature_slug|feature_number|mission_key|legacy_aggregate_id|work_package_id)":/

/** Which retired field name the written envelope carries, if any. A quote inside a value is escaped. */
export function retiredKey(envelopeText: string): string | undefined {
  return RETIRED_KEY.exec(envelopeText)?.[1]
}

/**
 * The text that is stored and later sent. The order of keys is the producer's, but the team comes
 * first, where a delivery can fill an unknown one in without parsing; `drain_blocked_reason` is local book-keeping and has its own table.
 */
export function envelopeText(event: JsonObject): string {
  const stored: Record<string, unknown> = { team_slug: null, ...event }
  stored['team_slug'] ??= null
  if ('drain_blocked_reason' in event) delete stored['drain_blocked_reason']
  return JSON.stringify(stored)
}
