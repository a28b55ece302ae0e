import { inspect } from 'node:util'
import {
  DEEPEST,
  envelopeProblems,
  type EventEnvelope,
  isDeeperThan,
  unstorable,
} from '@canary-gate/batch-contract'
import { MOST_EVENT_BYTES, MOST_LEVELS } from '../base/event-bounds.ts'
import { asObject, asString, type JsonObject } from '../base/json.ts'
import { envelopeText, retiredKey } from './envelope.ts'
import { isNamedOnce, storedForm } from './stored-form.ts'

/** An event that may be stored, with what the journal needs of it. */
export interface Admitted {
  readonly kind: 'admitted'
  readonly eventId: string
  readonly eventType: string
  /** As its producer wrote it; empty where an event of an earlier program has no time. */
  readonly occurredAt: string
  readonly projectUuid: string
  /** For the coalescing rule. */
  readonly event: EventEnvelope
  /** What is stored, and later sent. */
  readonly text: string
}

export interface Refused {
  readonly kind: 'refused'
  readonly problems: readonly string[]
  readonly eventId: string | undefined
  readonly eventType: string | undefined
  /** As text, as far as it has one. */
  readonly received: string
}

export type Judgement = Admitted | Refused

/**
 * Whether an event that a producer hands over may be stored: what every door asks, the whole contract of
 * its schema version, and that a database can store it, because the producer can still mend it
 * (SYNC/T013). Judged is what would be stored, not the object that a caller may have built in any way.
 * Never throws: whatever is handed over gets an answer of its own.
 */
export function judgeProduced(candidate: unknown): Judgement {
  try {
    const handedOver = plainObject(candidate)
    if (handedOver === undefined)
      return refused(['the event is not an object'], written(candidate), candidate)
    const text = envelopeText(handedOver)
    const event = JSON.parse(text) as EventEnvelope
    const problems = [
      ...boundProblems(text, DEEPEST),
      ...storageProblems(text),
      ...envelopeProblems(event),
      ...roundedProblems(event),
      ...controlProblems(event),
    ]
    return problems.length > 0
      ? refused(problems, written(candidate), candidate)
      : admitted(event, text, event.project_uuid)
  } catch (cause) {
    return refused([`the event cannot be read: ${reason(cause)}`], shown(candidate), candidate)
  }
}

/** The candidate, or what JSON makes of an object that is not one of plain fields. */
function plainObject(candidate: unknown): JsonObject | undefined {
  const event = asObject(candidate)
  if (event === undefined) return undefined
  const isPlain = Object.getPrototypeOf(event) === Object.prototype && !('toJSON' in event)
  return isPlain ? event : asObject(JSON.parse(written(event)))
}

/**
 * Whether an event that was accepted before, here or by an earlier program, may be stored again: only
 * what every door asks. Import, restore and migration take the same events, so what came in once can
 * always come back, byte for byte, whatever contract holds today.
 */
export function judgeRecorded(line: string): Judgement {
  const text = line.trim()
  try {
    const candidate: unknown = JSON.parse(text)
    const problems = [...textProblems(text), ...boundProblems(text, MOST_LEVELS)]
    if (problems.length > 0) return refused(problems, text, candidate)
    const event = asObject(candidate)
    if (event === undefined) return refused(['the event is not an object'], text, candidate)
    const unnamed = [...controlProblems(event), ...halfProblems(event), ...repeatProblems(text)]
    if (unnamed.length > 0) return refused(unnamed, text, candidate)
    // Readers disagree which of two counts, so such an event is nobody's project.
    const named = isNamedOnce(text, 'project_uuid') ? asString(event['project_uuid']) : undefined
    // The database would store another letter in place of half a pair, so two projects would have one name.
    const project = named?.isWellFormed() === true ? named : undefined
    return admitted(event as unknown as EventEnvelope, storedForm(text, event), project)
  } catch (cause) {
    return refused([`the event cannot be read: ${reason(cause)}`], text, undefined)
  }
}

function admitted(event: EventEnvelope, text: string, project = 'unknown'): Admitted {
  const fields: JsonObject = event
  return {
    kind: 'admitted',
    eventId: event.event_id,
    eventType: event.event_type,
    occurredAt: asString(fields['timestamp']) ?? '',
    projectUuid: project,
    event,
    text,
  }
}

function refused(problems: readonly string[], received: string, candidate: unknown): Refused {
  const eventId = fieldOf(candidate, 'event_id')
  const eventType = fieldOf(candidate, 'event_type')
  return { kind: 'refused', problems, received, eventId, eventType }
}

/** A field of something that may throw when it is looked at. */
function fieldOf(candidate: unknown, field: string): string | undefined {
  try {
    return asString(asObject(candidate)?.[field])
  } catch {
    return undefined
  }
}

/** The candidate as JSON; what JSON has no text for is shown as the runtime shows it. */
function written(candidate: unknown): string {
  const text: unknown = JSON.stringify(candidate)
  return typeof text === 'string' ? text : shown(candidate)
}

/** Enough to recognize it; a text that refers to itself, say, has no end. */
const SHOWN = { depth: 8, maxArrayLength: 1_000, maxStringLength: 1_000_000, breakLength: 100 }

function shown(candidate: unknown): string {
  try {
    return inspect(candidate, SHOWN)
  } catch {
    return '(it throws when it is looked at)'
  }
}

function textProblems(text: string): string[] {
  return text.isWellFormed() ? [] : ['the text is not valid Unicode']
}

function boundProblems(text: string, mostLevels: number): string[] {
  const problems = []
  if (text.length > MOST_EVENT_BYTES || Buffer.byteLength(text) > MOST_EVENT_BYTES)
    problems.push(`the event is larger than ${MOST_EVENT_BYTES / 1024 / 1024} MiB`)
  if (isDeeperThan(text, mostLevels))
    problems.push(`the event has more than ${mostLevels} objects and lists inside of each other`)
  return problems
}

/** An escape of a NUL or of half a surrogate pair; its backslash is not itself escaped. */
const NOT_STORABLE = /(?<!\\)(?:\\\\)*(?<escape>\\u(?:0000|d[89a-f]..))/

/** What no receiver can store, in a text as `JSON.stringify` writes it: there each such letter is an escape. */
function storageProblems(text: string): string[] {
  const retired = retiredKey(text)
  const escape = text.includes('\\u') ? NOT_STORABLE.exec(text)?.groups?.['escape'] : undefined
  const letter = escape === undefined ? undefined : unstorable(String(JSON.parse(`"${escape}"`)))
  return [
    ...(retired === undefined ? [] : [`${retired} is a retired field name`]),
    ...(letter === undefined ? [] : [letter]),
  ]
}

/** A number that a caller hands over may have lost its last digits before it came here. */
function roundedProblems({ lamport_clock: clock }: EventEnvelope): string[] {
  const isRounded = Number.isInteger(clock) && !Number.isSafeInteger(clock)
  return isRounded ? ['lamport_clock is larger than a number holds exactly'] : []
}

const IDENTITY = ['event_id', 'event_type']

/** Characters that no name of anything has; a terminal would obey some of them. */
const CONTROL = /[\u0000-\u001f\u007f]/

function controlProblems(event: JsonObject): string[] {
  return IDENTITY.filter((field) => {
    const value = asString(event[field])
    return value === undefined || value === '' || CONTROL.test(value)
  }).map((field) => `${field} must be a text without control characters`)
}

/** The database would store another letter in its place: no answer would find the event, and two would be one. */
function halfProblems({ event_id: id }: JsonObject): string[] {
  return asString(id)?.isWellFormed() === false ? ['event_id holds half of a surrogate pair'] : []
}

function repeatProblems(text: string): string[] {
  return IDENTITY.filter((field) => !isNamedOnce(text, field)).map(
    (field) => `${field} is given more than once`,
  )
}

/** The runtime's own words for a text that refers to itself span several lines. */
function reason(cause: unknown): string {
  if (cause instanceof RangeError) return 'it is nested too deeply'
  const message = cause instanceof Error ? cause.message : 'it threw something that is not an error'
  return message.split('\n')[0]?.slice(0, 200) ?? ''
}
