import type { PostAnswer } from '../receivers/contract.ts'
import { isOversized } from './batching.ts'
import { batchBody, type Room } from './body.ts'
import { isInterrupted, type Passage } from './passage.ts'
import { nextWaitMs } from './patience.ts'
import type { Outgoing } from './select.ts'

/** A batch that is ready to leave. */
export interface Parcel {
  readonly events: readonly Outgoing[]
  readonly body: Buffer
}

/** @param room where the body is made; its memory may be used again once there is an answer */
export function pack({ receiver }: Passage, events: readonly Outgoing[], room?: Room): Parcel {
  return { events, body: batchBody(events, receiver.team, room) }
}

/** Sends a batch once. An event above what the server names as its end is answered here. */
export async function post(passage: Passage, { events, body }: Parcel): Promise<PostAnswer> {
  const { receiver, limits, onProgress } = passage
  const [first] = events
  if (first !== undefined && events.length === 1 && isOversized(first, limits))
    return { kind: 'too-large', httpStatus: 413, limits: {} }
  onProgress({ kind: 'posting', events: events.length })
  const answer = await receiver.post({ eventIds: events.map(({ eventId }) => eventId), body })
  onProgress({ kind: 'posted', events: events.length, answer: answer.kind })
  return answer
}

/** Sends a batch again while the server is busy or away, for as long as patience lasts. */
export async function postAgain(
  passage: Passage,
  parcel: Parcel,
  earlier: PostAnswer,
): Promise<PostAnswer> {
  const { patience, signal, onProgress } = passage
  let answer = earlier
  for (let tried = 1; answer.kind === 'later'; tried += 1) {
    const waitMs = nextWaitMs(patience, tried, answer.retryAfterMs)
    if (waitMs === undefined || isInterrupted(passage)) return answer
    onProgress({ kind: 'waiting', ms: waitMs, why: answer.detail })
    await patience.sleep(waitMs, signal)
    if (isInterrupted(passage) || !passage.renew()) return answer
    answer = await post(passage, parcel)
  }
  return answer
}
