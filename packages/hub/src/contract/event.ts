import { isAscii, isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import {
  asObject,
  DEEPEST,
  envelopeProblems,
  type JsonObject,
  RETIRED_NAMES,
  unstorable,
} from '@canary-gate/batch-contract'
import { eventKey } from './event-id.ts'
import type { Slice } from './split.ts'

/** An event that the contract accepts, with the text that is stored byte for byte. */
export interface ValidEvent {
  readonly kind: 'valid'
  /** Place in the batch, from 0. */
  readonly index: number
  /** As the sender wrote it. */
  readonly eventId: string
  /** The same id in the one spelling of the store. */
  readonly key: string
  readonly text: string
  readonly sizeBytes: number
  /** SHA-256 of the text, hexadecimal. */
  readonly digest: string
  readonly eventType: string
  readonly projectUuid: string
  readonly nodeId: string
  readonly timestamp: string
}

/** An event that can never be stored: named with the reason, the others of its batch are not affected. */
export interface PoisonEvent {
  readonly kind: 'poison'
  readonly index: number
  /** Null where the event does not even have a readable id. */
  readonly eventId: string | null
  readonly reason: string
}

/** Reads one event of a batch body. Total: whatever the bytes are, the answer is one of the two. */
export function readEvent(body: Buffer, slice: Slice, index: number): ValidEvent | PoisonEvent {
  const bytes = body.subarray(slice.from, slice.to)
  const isPlain = isAscii(bytes)
  const text = bytes.toString(isPlain ? 'latin1' : 'utf8')
  const poison = (reason: string, eventId: string | null = idIn(text)): PoisonEvent => ({
    kind: 'poison',
    index,
    eventId,
    reason,
  })
  if (!isPlain && !isUtf8(bytes)) return poison('the event is not valid UTF-8')
  if (slice.depth > DEEPEST) return poison(`the event is nested deeper than ${DEEPEST} levels`)
  const event = parsed(text)
  if (event === undefined) return poison('the event is not a valid JSON object')
  const eventId = typeof event['event_id'] === 'string' ? event['event_id'] : null
  const problem = textProblem(event, text, slice.members) ?? problemsOf(event)
  if (problem !== undefined) return poison(problem, printable(eventId))
  return { ...fieldsOf(event), kind: 'valid', index, text, ...measured(bytes) }
}

function parsed(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

function problemsOf(event: JsonObject): string | undefined {
  const problems = envelopeProblems(event)
  return problems.length === 0 ? undefined : problems.slice(0, 8).join('; ')
}

type Named = 'eventId' | 'key' | 'eventType' | 'projectUuid' | 'nodeId' | 'timestamp'

/** No index takes a text of any length; the whole one is in the body. */
const INDEXED_CHARACTERS = 200

/** What the store keeps of a name to search by, counted as PostgreSQL's `left` counts. */
export function indexed(name: string): string {
  if (name.length <= INDEXED_CHARACTERS) return name
  return Array.from(name.slice(0, 2 * INDEXED_CHARACTERS))
    .slice(0, INDEXED_CHARACTERS)
    .join('')
}

/** The fields that the store searches by; the contract was checked before. */
function fieldsOf(event: JsonObject): Pick<ValidEvent, Named> {
  const eventId = event['event_id'] as string
  return {
    eventId,
    key: eventKey(eventId) ?? '',
    eventType: indexed(event['event_type'] as string),
    projectUuid: event['project_uuid'] as string,
    nodeId: indexed(event['node_id'] as string),
    timestamp: event['timestamp'] as string,
  }
}

function measured(bytes: Buffer): Pick<ValidEvent, 'sizeBytes' | 'digest'> {
  return { sizeBytes: bytes.length, digest: hash('sha256', bytes) }
}

const RETIRED: ReadonlySet<string> = new Set(RETIRED_NAMES)

interface Walk {
  members: number
  problem: string | undefined
  /** Only a text with \u escapes can hold a NUL character or half a surrogate pair. */
  readonly hasEscapes: boolean
}

/** What the parsed value does not show to a schema: duplicate keys, retired keys, impossible text. */
function textProblem(event: JsonObject, text: string, members: number): string | undefined {
  const walk: Walk = { members: 0, problem: undefined, hasEscapes: text.includes('\\u') }
  visit(event, walk)
  if (walk.problem !== undefined) return walk.problem
  return walk.members === members ? undefined : 'an object of the event has a key twice'
}

function visit(value: unknown, walk: Walk): void {
  if (typeof value === 'string') {
    if (walk.hasEscapes) walk.problem ??= unstorable(value)
  } else if (Array.isArray(value)) {
    for (const element of value) visit(element, walk)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      walk.members += 1
      if (RETIRED.has(name)) walk.problem ??= `${name} is a retired field name`
      if (walk.hasEscapes) walk.problem ??= unstorable(name)
      visit(member, walk)
    }
  }
}

/** The id of an event that cannot be parsed, as far as it can be read. */
function idIn(text: string): string | null {
  return printable(/"event_id"\s*:\s*"([0-9A-Za-z-]{26,36})"/.exec(text)?.[1] ?? null)
}

/** An id goes back to the sender as it came, unless no JSON text could carry it. */
function printable(id: string | null): string | null {
  return id?.isWellFormed() === true && id.length <= 200 ? id : null
}
