import { advice, specKitty, withRemark, type Remedy } from '../base/remedies.ts'
import type { DenialCategory, Limits, PostAnswer } from '../receivers/contract.ts'
import { cut, mayBeTooLarge, split } from './batching.ts'
import { isInterrupted, type DrainContext } from './drain-context.ts'
import type { EventQueue } from './event-queue.ts'
import { pack, post, postAgain } from './post.ts'
import { noteFenced } from './producer.ts'
import type { DrainStop } from './progress.ts'
import { recordResults } from './record.ts'
import { type EventResult } from '../receivers/event-result.ts'
import type { Outgoing } from './select.ts'

/**
 * Brings one batch to an end, given the first answer to it: waits for a busy server, takes the batch
 * apart where it is refused as a whole, in order, until every event has a verdict of its own, and
 * records each (SYNC/T040, SYNC/T041, SYNC/T042).
 * @returns why the drain must stop, or undefined to go on. What was not answered for is not recorded.
 */
export async function settle(
  drainContext: DrainContext,
  batch: readonly Outgoing[],
  first: PostAnswer,
  queue: EventQueue,
): Promise<DrainStop | undefined> {
  const parts: (readonly Outgoing[])[] = [batch]
  let known: PostAnswer | undefined = first
  for (let whole = parts.shift(); whole !== undefined; whole = parts.shift()) {
    const part = known === undefined ? sendable(queue, whole) : whole
    if (part.length === 0) continue
    const batchRequest = pack(drainContext, part)
    const answer: PostAnswer = await postAgain(
      drainContext,
      batchRequest,
      known ?? (await post(drainContext, batchRequest)),
    )
    known = undefined
    const outcome = digest(drainContext, part, answer)
    if (outcome.kind === 'stop') return outcome.stop
    if (outcome.kind === 'split') parts.unshift(...outcome.parts)
    else if (!record(drainContext, { events: part, resultOf: outcome.resultOf, answer, queue }))
      return { kind: 'lost-claim' }
    if (isInterrupted(drainContext) && parts.length > 0) return { kind: 'interrupted' }
  }
  return undefined
}

/** Without the successors of an event that was refused a moment ago: they are put aside. */
function sendable(queue: EventQueue, part: readonly Outgoing[]): readonly Outgoing[] {
  return part.filter((event) => {
    if (!queue.order.isBlocked(event)) return true
    queue.putAside(event)
    return false
  })
}

type Outcome =
  | { readonly kind: 'results'; readonly resultOf: ResultOf }
  | { readonly kind: 'split'; readonly parts: readonly Outgoing[][] }
  | { readonly kind: 'stop'; readonly stop: DrainStop }

function digest(
  drainContext: DrainContext,
  part: readonly Outgoing[],
  answer: PostAnswer,
): Outcome {
  const [only, ...others] = part
  const alone = only !== undefined && others.length === 0 ? only : undefined
  switch (answer.kind) {
    case 'results':
      return { kind: 'results', resultOf: resultsFrom(answer.results) }
    case 'refused': {
      if (alone === undefined) return { kind: 'split', parts: split(part, answer.named) }
      const detail = answer.named.get(alone.eventId) ?? answer.reason
      return lone({ verdict: 'rejected', category: 'schema_mismatch', detail })
    }
    case 'too-large':
      return tooLarge(drainContext, part, answer.limits)
    case 'denied':
      return { kind: 'stop', stop: { kind: 'denied', ...denialText(answer, drainContext) } }
    case 'fenced':
      return { kind: 'stop', stop: fencedStop(drainContext, answer) }
    case 'later':
      return { kind: 'stop', stop: unavailable(drainContext, answer) }
  }
}

/** Silence about an event is no verdict: it is sent again later. */
const SILENT: EventResult = {
  verdict: 'transient',
  category: 'no_result',
  detail: 'the server did not mention this event',
}

export type ResultOf = (outgoing: Outgoing) => EventResult

/** Each event by its own word. */
export function resultsFrom(results: ReadonlyMap<string, EventResult>): ResultOf {
  return ({ eventId }) => results.get(eventId) ?? SILENT
}

function lone(result: EventResult): Outcome {
  return { kind: 'results', resultOf: () => result }
}

/** Later batches of this drain shrink too; a single event that is too large can never pass. */
function tooLarge(
  drainContext: DrainContext,
  part: readonly Outgoing[],
  limits: Partial<Limits>,
): Outcome {
  const [first] = part
  if (first !== undefined && part.length === 1) return lone(tooLargeAlone(first, limits))
  const bytes = part.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const maxBytes = Math.min(
    limits.maxBytes ?? Infinity,
    Math.ceil(bytes / 2),
    drainContext.limits.maxBytes,
  )
  drainContext.limits = { ...drainContext.limits, ...limits, maxBytes }
  return { kind: 'split', parts: cut(part, drainContext.limits) }
}

/**
 * A refusal that cannot be true may be the target's passing mistake, as every other: the event is sent again, but
 * not for ever.
 */
function tooLargeAlone(event: Outgoing, limits: Partial<Limits>): EventResult {
  const size = `the event is ${event.sizeBytes} bytes long`
  if (mayBeTooLarge(event, limits))
    return {
      verdict: 'failed-permanent',
      category: 'oversized_event',
      detail: `${size} and the target takes no event of this size`,
    }
  const named = limits.refusesAboveBytes
  const limit = named === undefined ? 'names no limit' : `names ${named} bytes as its limit`
  const detail = `${size}; the target refuses it as too large and ${limit}, which cannot be meant`
  return { verdict: 'rejected', category: 'unclear_limit', detail }
}

/** Nothing of the batch was stored, and nothing is lost: only a person knows which home is the copy. */
function fencedStop(
  { journal }: DrainContext,
  { detail, nextEpoch }: Extract<PostAnswer, { kind: 'fenced' }>,
): DrainStop {
  noteFenced(journal, nextEpoch)
  return {
    kind: 'fenced',
    what: `another home has the identity of this one: ${detail}`,
    remedy: withRemark(
      specKitty('sync', 'producer', 'renew'),
      'then deliver again; nothing was stored and nothing is lost',
    ),
  }
}

interface Denial {
  readonly category: DenialCategory
  readonly what: string
  readonly remedy: Remedy
}

function denialText(
  { category, detail }: Extract<PostAnswer, { kind: 'denied' }>,
  { receiver }: DrainContext,
): Denial {
  // A login at the hosted service opens no endpoint of the operator's own.
  if (receiver.identity.kind !== 'teamspace')
    return {
      category,
      what: `${receiver.endpoint} refuses the sender: ${detail}`,
      remedy: advice('set what it asks for in config.toml, [event_sync.external_headers]'),
    }
  switch (category) {
    case 'auth_expired':
      return {
        category,
        what: `the login is not accepted: ${detail}`,
        remedy: specKitty('auth', 'login', '--headless'),
      }
    case 'missing_private_team':
      return {
        category,
        what: `no private teamspace: ${detail}`,
        remedy: advice('ask the owner of your team for a private teamspace'),
      }
    case 'unauthorized':
      return {
        category,
        what: `the login may not write here: ${detail}`,
        remedy: advice('check the team and the server with: spec-kitty sync status'),
      }
  }
}

/** A server that asks for a year is not waited for that long, whatever it says of its own limits. */
const LONGEST_REST_MS = 900_000

function unavailable(
  { journal, limits }: DrainContext,
  { category, detail, retryAfterMs }: Extract<PostAnswer, { kind: 'later' }>,
): DrainStop {
  const capMs = Math.min(limits.retryAfterMaxMs ?? LONGEST_REST_MS, LONGEST_REST_MS)
  const retryAtMs =
    retryAfterMs === undefined ? undefined : journal.now() + Math.min(retryAfterMs, capMs)
  return {
    kind: 'unavailable',
    category,
    what: detail,
    remedy: advice('nothing is lost; run spec-kitty sync now later'),
    retryAtMs,
  }
}

interface Recording {
  readonly events: readonly Outgoing[]
  readonly resultOf: ResultOf
  readonly answer: PostAnswer
  readonly queue: EventQueue
}

/** @returns whether the claim was still held */
export function record(
  drainContext: DrainContext,
  { events, resultOf, answer, queue }: Recording,
): boolean {
  const recorded = recordResults(drainContext.journal, {
    claim: drainContext.claim,
    events,
    resultOf,
    httpStatus: 'httpStatus' in answer ? answer.httpStatus : undefined,
    wereHeld: queue.kind === 'held',
    ...queue.takeProgress(events),
  })
  if (recorded === undefined) return false
  queue.order.note(recorded)
  drainContext.onProgress({ kind: 'recorded', events: recorded })
  return true
}
