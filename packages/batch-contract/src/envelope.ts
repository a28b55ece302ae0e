import { isDeepStrictEqual } from 'node:util'
import { isEventId } from './event-id.ts'
import { asObject, type JsonObject } from './json.ts'

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
/** Larger numbers than a double counts exactly are accepted: the stored text keeps their digits. */
const count: Check = (value) => Number.isInteger(value) && (value as number) >= 0

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/
const isTime: Check = (value) =>
  typeof value === 'string' && ISO_TIME.test(value) && !Number.isNaN(Date.parse(value))
const id: Check = (value) => typeof value === 'string' && isEventId(value)

type Fields = readonly (readonly [field: string, check: Check, wanted: string])[]

/** The envelope of the event contract: each field with its check and what it must be. */
const FIELDS: Fields = [
  ['event_id', id, 'a ULID or a UUID'],
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

const LANES = /^(planned|claimed|in_progress|for_review|in_review|approved|done|blocked|canceled)$/

/** The payload of `WPStatusChanged`. */
const STATUS_FIELDS: Fields = [
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

const namesOf = (fields: Fields): ReadonlySet<string> => new Set(fields.map(([name]) => name))
const ENVELOPE_NAMES = namesOf(FIELDS)
const STATUS_NAMES = namesOf(STATUS_FIELDS)

/**
 * What is wrong with an event under the event contract; empty if nothing is.
 *
 * @returns for each field that is wrong its name and what it must be; for each that the contract does not know
 *   its name
 */
export function envelopeProblems(candidate: unknown): readonly string[] {
  const event = asObject(candidate)
  if (event === undefined) return ['the event is not an object']
  const problems = [
    ...failures(event, FIELDS, ''),
    ...unknown(event, ENVELOPE_NAMES, '', (name) => isRepeated(event, name)),
  ]
  const payload = asObject(event['payload'])
  if (event['event_type'] !== 'WPStatusChanged' || payload === undefined) return problems
  return [...problems, ...statusProblems(payload)]
}

/**
 * Programs of schema version 3 and before repeated fields of a status change at the top of its envelope. They
 * say nothing new, so they are accepted; another value is a contradiction.
 */
function isRepeated(event: JsonObject, name: string): boolean {
  if (event['event_type'] !== 'WPStatusChanged' || !STATUS_NAMES.has(name)) return false
  const version = event['schema_version'] ?? ''
  if (typeof version !== 'string' || !/^[0-3]\.|^$/.test(version)) return false
  return isDeepStrictEqual(own(event, name), own(asObject(event['payload']) ?? {}, name))
}

function failures(object: JsonObject, fields: Fields, prefix: string): string[] {
  const found: string[] = []
  for (const [name, check, wanted] of fields)
    if (!check(own(object, name))) found.push(`${prefix}${name} must be ${wanted}`)
  return found
}

function unknown(
  object: JsonObject,
  known: ReadonlySet<string>,
  prefix: string,
  isAccepted: (name: string) => boolean = () => false,
): string[] {
  const found: string[] = []
  for (const name of Object.keys(object))
    if (!known.has(name) && object[name] !== undefined && !isAccepted(name))
      found.push(`${prefix}${shown(name)} is not a field of the contract`)
  return found
}

function statusProblems(payload: JsonObject): string[] {
  const problems = [
    ...failures(payload, STATUS_FIELDS, 'payload.'),
    ...unknown(payload, STATUS_NAMES, 'payload.'),
  ]
  const isForced = payload['force'] === true
  if (isForced && !text(payload['reason']))
    problems.push('payload.reason must say why it is forced')
  if (!isForced && payload['from_lane'] === 'in_review' && payload['to_lane'] === 'planned')
    problems.push('payload.force must be true for a step back from in_review to planned')
  return problems
}

function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** A field name may be a whole secret or a kilobyte long; a message shows a short, printable part. */
function shown(name: string): string {
  return /^[\w-]{1,40}$/.test(name)
    ? name
    : JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name)
}
