import { inspect } from 'node:util'
import { MOST_EVENT_BYTES, MOST_LEVELS } from '../base/event-bounds.ts'
import { isDeeperThan } from '../base/json-depth.ts'
import { asObject, asString, type JsonObject } from '../base/json.ts'
import { envelopeProblems, envelopeText, retiredKey, type EventEnvelope } from './envelope.ts'
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
 * Whether an event that a producer hands over may be stored: what every door asks (an id, a type, the
 * bounds), and the whole contract of its schema version, because the producer can still mend it
 * (SYNC/T013). Never throws: whatever is handed over gets an answer of its own.
 */
export function judgeProduced(candidate: unknown): Judgement {
  try {
    const received = written(candidate)
    const problems = [...boundProblems(received), ...envelopeProblems(candidate)]
    if (problems.length > 0) return refused(problems, received, candidate)
    const event = candidate as EventEnvelope
    const text = envelopeText(event)
    const retired = retiredKey(text)
    if (retired !== undefined)
      return refused([`${retired} is a retired field name`], received, candidate)
    return admitted(event, text)
  } catch (cause) {
    return refused([`the event cannot be read: ${reason(cause)}`], shown(candidate), candidate)
  }
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
    const problems = [...textProblems(text), ...boundProblems(text)]
    if (problems.length > 0) return refused(problems, text, candidate)
    const event = asObject(candidate)
    if (event === undefined) return refused(['the event is not an object'], text, candidate)
    const unnamed = identityProblems(event, text)
    if (unnamed.length > 0) return refused(unnamed, text, candidate)
    return admitted(event as unknown as EventEnvelope, storedForm(text, event))
  } catch (cause) {
    return refused([`the event cannot be read: ${reason(cause)}`], text, undefined)
  }
}

function admitted(event: EventEnvelope, text: string): Admitted {
  const fields: JsonObject = event
  return {
    kind: 'admitted',
    eventId: event.event_id,
    eventType: event.event_type,
    occurredAt: asString(fields['timestamp']) ?? '',
    projectUuid: asString(fields['project_uuid']) ?? 'unknown',
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

function boundProblems(text: string): string[] {
  const problems = []
  if (text.length > MOST_EVENT_BYTES || Buffer.byteLength(text) > MOST_EVENT_BYTES)
    problems.push(`the event is larger than ${MOST_EVENT_BYTES / 1024 / 1024} MiB`)
  if (isDeeperThan(text, MOST_LEVELS))
    problems.push(`the event has more than ${MOST_LEVELS} objects and lists inside of each other`)
  return problems
}

/** Characters that no name of anything has; a terminal would obey some of them. */
const CONTROL = /[\u0000-\u001f\u007f]/

function identityProblems(event: JsonObject, text: string): string[] {
  const problems = []
  for (const field of ['event_id', 'event_type']) {
    const value = asString(event[field])
    if (value === undefined || value === '' || CONTROL.test(value))
      problems.push(`${field} must be a text without control characters`)
    else if (!isNamedOnce(text, field)) problems.push(`${field} is given more than once`)
  }
  return problems
}

/** The runtime's own words for a text that refers to itself span several lines. */
function reason(cause: unknown): string {
  if (cause instanceof RangeError) return 'it is nested too deeply'
  const message = cause instanceof Error ? cause.message : 'it threw something that is not an error'
  return message.split('\n')[0]?.slice(0, 200) ?? ''
}
