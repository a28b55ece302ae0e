import { createHash } from 'node:crypto'
import { allowedStreams, type AllowedStreams } from '../consent/allowed.ts'
import { statement } from '../journal/statements.ts'
import type { PostAnswer } from '../receivers/contract.ts'
import { isOversized } from './batching.ts'
import { batchBody, type BufferSource } from './body.ts'
import { producerMember } from './producer.ts'
import { isInterrupted, type DrainContext } from './drain-context.ts'
import { nextWaitMs } from './retry-policy.ts'
import type { Outgoing } from './select.ts'

/** A batch that is ready to leave. */
export interface BatchRequest {
  readonly events: readonly Outgoing[]
  readonly body: Buffer
}

/** @param buffer where the body is made; its memory may be used again once there is an answer */
export function pack(
  drainContext: DrainContext,
  events: readonly Outgoing[],
  buffer?: BufferSource,
): BatchRequest {
  const { receiver } = drainContext
  return {
    events,
    body: batchBody(events, receiver.team, buffer, producerText(drainContext, events)),
  }
}

/** Left out where the batch would become larger for it than the target takes. */
function producerText(
  { journal, sender, limits, producer }: DrainContext,
  events: readonly Outgoing[],
): string | undefined {
  if (producer === undefined) return undefined
  const text = producerMember(journal.db, producer, events, allowedStreams(journal.db, sender))
  const bytes = events.reduce((sum, { sizeBytes }) => sum + sizeBytes + 1, text.length + 30)
  return bytes <= limits.maxBytes ? text : undefined
}

/** Sends a batch once. An event above what the server names as its end is answered here. */
export async function post(
  drainContext: DrainContext,
  { events, body }: BatchRequest,
): Promise<PostAnswer> {
  const { receiver, limits, onProgress } = drainContext
  const [first] = events
  if (first !== undefined && events.length === 1 && isOversized(first, limits))
    return { kind: 'too-large', httpStatus: 413, limits }
  if (!mayStillGo(drainContext, events)) return CONSENT_TAKEN_BACK
  onProgress({ kind: 'posting', events: events.length })
  const answer = await receiver.post({
    eventIds: events.map(({ eventId }) => eventId),
    body,
    idempotencyKey: idempotencyKey(events, body),
    producer: drainContext.producer,
  })
  onProgress({ kind: 'posted', events: events.length, answer: answer.kind })
  return answer
}

const CONSENT_TAKEN_BACK = {
  kind: 'later',
  category: 'consent_taken_back',
  detail: 'a consent was taken back while its events were about to leave; they stay here',
} as const

const IS_FORBIDDEN = `
  SELECT 1 FROM json_each(@positions) position JOIN events e ON e.seq = position.value
  WHERE NOT CASE WHEN e.stream_id IS NULL
    THEN lower(e.producer) IN (SELECT value FROM json_each(@projects))
    ELSE e.stream_id IN (SELECT value FROM json_each(@streams)) END LIMIT 1`

/**
 * Whether a batch that was selected a while ago may leave now: a server may have been waited for meanwhile.
 * Only where something was taken back since the drain began is each event looked at.
 */
function mayStillGo(drainContext: DrainContext, events: readonly Outgoing[]): boolean {
  const { journal, sender, wasAllowed } = drainContext
  const allowed = allowedStreams(journal.db, sender)
  if (allowed.all || isNoLess(allowed, wasAllowed)) {
    drainContext.wasAllowed = allowed
    return true
  }
  const positions = JSON.stringify(events.map(({ seq }) => seq))
  const { streams, projects } = allowed
  return statement(journal.db, IS_FORBIDDEN).get({ positions, streams, projects }) === undefined
}

function isNoLess(now: AllowedStreams, before: AllowedStreams): boolean {
  if (now.streams === before.streams) return true
  const streams = new Set(JSON.parse(now.streams) as number[])
  return (JSON.parse(before.streams) as number[]).every((stream) => streams.has(stream))
}

/**
 * The same events in the same attempt have the same key, also after a crash. What was answered and is sent
 * again has another one: a server must not repeat yesterday's refusal.
 */
function idempotencyKey(events: readonly Outgoing[], body: Buffer): string {
  const attempts = events.map(({ attempts: made }) => made).join()
  return createHash('sha256').update(body).update(attempts).digest('hex').slice(0, 32)
}

/** Sends a batch again while the server is busy or away, for as long as the retry policy allows. */
export async function postAgain(
  drainContext: DrainContext,
  batchRequest: BatchRequest,
  earlier: PostAnswer,
): Promise<PostAnswer> {
  const { retryPolicy, signal, onProgress } = drainContext
  let answer = earlier
  for (let tried = 1; answer.kind === 'later'; tried += 1) {
    // One that was silent for that long is not asked again by the same drain.
    if (answer.category === 'no_answer') return answer
    if (answer === CONSENT_TAKEN_BACK) return answer
    const waitMs = nextWaitMs(retryPolicy, tried, answer.retryAfterMs)
    if (waitMs === undefined || isInterrupted(drainContext)) return answer
    onProgress({ kind: 'waiting', ms: waitMs, why: answer.detail })
    await retryPolicy.sleep(waitMs, signal)
    if (isInterrupted(drainContext) || !drainContext.renew()) return answer
    answer = await post(drainContext, batchRequest)
  }
  return answer
}
