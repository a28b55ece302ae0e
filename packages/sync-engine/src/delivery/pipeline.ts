import { setImmediate as turn } from 'node:timers/promises'
import type { PostAnswer } from '../receivers/contract.ts'
import { doubleBuffer } from './body.ts'
import { neverAsked, type EventQueue } from './event-queue.ts'
import { letsFollow } from './order.ts'
import { isInterrupted, type DrainContext } from './drain-context.ts'
import { pack, post, type BatchRequest } from './post.ts'
import type { DrainStop } from './progress.ts'
import { recordResults } from './record.ts'
import { resultsFrom, record, settle } from './settle.ts'

/** A batch on its way. */
interface InFlightBatch extends BatchRequest {
  readonly answer: Promise<PostAnswer>
}

/**
 * Sends batch after batch, in order. While one is on its way the next is made, and while the next is
 * on its way the answer to the first is written: the server never waits for our disk. Only a clean
 * answer lets the next batch go before the first is settled, so the order is kept.
 * @returns why the drain must stop, or undefined when the queue is at its end
 */
export async function sendAll(
  drainContext: DrainContext,
  queue: EventQueue,
): Promise<DrainStop | undefined> {
  const buffer = doubleBuffer()
  const nextRequest = (): BatchRequest | undefined => {
    const batch = queue.next()
    return batch && pack(drainContext, batch, buffer)
  }
  const cutAnew = (request: BatchRequest | undefined): BatchRequest | undefined => {
    if (request !== undefined) queue.putBack(request.events)
    return nextRequest()
  }
  let ready = nextRequest()
  for (let inFlight = send(drainContext, ready); inFlight !== undefined;) {
    ready = nextRequest()
    const answer = await inFlight.answer
    if (answer.kind === 'results' && isClean(inFlight, answer)) {
      const following = send(drainContext, ready)
      if (following !== undefined) await flush()
      if (!(await recordWhile(drainContext, inFlight, answer, { queue, following })))
        return { kind: 'lost-claim' }
      inFlight = following
    } else {
      const stop = await settle(drainContext, inFlight.events, answer, queue)
      if (stop !== undefined) return stop
      // The limits may have shrunk meanwhile, and successors of what was refused have to wait.
      ready = cutAnew(ready)
      inFlight = send(drainContext, ready)
    }
  }
  if (ready !== undefined) return { kind: 'interrupted' }
  return recordRest(drainContext, queue) ? undefined : { kind: 'lost-claim' }
}

type Results = Extract<PostAnswer, { kind: 'results' }>

/** Whether the successors of all events of the batch may follow. */
function isClean({ events }: InFlightBatch, { results }: Results): boolean {
  const resultOf = resultsFrom(results)
  return events.every((event) => letsFollow(resultOf(event)))
}

/** What was put aside after the last batch. */
function recordRest({ journal, claim }: DrainContext, queue: EventQueue): boolean {
  const progress = queue.takeProgress([])
  if (progress.hold.length === 0) return true
  const step = { claim, events: [], resultOf: neverAsked, ...progress }
  return recordResults(journal, step) !== undefined
}

/** Lets a batch go, unless there is none or an interrupt was asked for. */
function send(
  drainContext: DrainContext,
  batchRequest: BatchRequest | undefined,
): InFlightBatch | undefined {
  if (batchRequest === undefined || isInterrupted(drainContext)) return undefined
  const answer = post(drainContext, batchRequest)
  // It is awaited in its turn; until then its failure must not count as unhandled.
  answer.catch(() => undefined)
  return { ...batchRequest, answer }
}

/** The HTTP client watches a used connection for a turn after an answer and for one before a request. */
const TURNS_TO_LEAVE = 2

/** Work that blocks the thread before the bytes have left would keep the server waiting for them. */
async function flush(): Promise<void> {
  for (let turns = 0; turns < TURNS_TO_LEAVE; turns += 1) await turn()
}

interface Following {
  readonly queue: EventQueue
  readonly following: InFlightBatch | undefined
}

/** If writing fails, the batch that is on its way is waited for before the claim may be given up. */
async function recordWhile(
  drainContext: DrainContext,
  { events }: InFlightBatch,
  answer: Results,
  { queue, following }: Following,
): Promise<boolean> {
  let held = false
  try {
    held = record(drainContext, { events, resultOf: resultsFrom(answer.results), answer, queue })
  } finally {
    if (!held) await following?.answer
  }
  return held
}
