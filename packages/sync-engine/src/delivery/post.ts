import { createHash } from 'node:crypto'
import { allowedStreams } from '../consent/allowed.ts'
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
  { journal, courier, limits, producer }: DrainContext,
  events: readonly Outgoing[],
): string | undefined {
  if (producer === undefined) return undefined
  const text = producerMember(journal.db, producer, events, allowedStreams(journal.db, courier))
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
    return { kind: 'too-large', httpStatus: 413, limits: {} }
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
    const waitMs = nextWaitMs(retryPolicy, tried, answer.retryAfterMs)
    if (waitMs === undefined || isInterrupted(drainContext)) return answer
    onProgress({ kind: 'waiting', ms: waitMs, why: answer.detail })
    await retryPolicy.sleep(waitMs, signal)
    if (isInterrupted(drainContext) || !drainContext.renew()) return answer
    answer = await post(drainContext, batchRequest)
  }
  return answer
}
