import { setImmediate as otherWork } from 'node:timers/promises'
import { Problem } from '../base/problem.ts'
import { readEvent, type PoisonEvent, type ValidEvent } from '../contract/event.ts'
import { MalformedBody, splitBody, type Slice, type SplitBody } from '../contract/split.ts'
import { messageOf } from '../base/errors.ts'
import { readProducer, type ProducerClaim, type ProducerHeaders } from './producer-claim.ts'

export interface Batch {
  /** In the order of the body. */
  readonly events: readonly (ValidEvent | PoisonEvent)[]
  readonly producer: ProducerClaim | undefined
}

export interface BatchLimits {
  readonly maxEvents: number
  /** Of the body after decompression. */
  readonly maxBytes: number
}

/** The limits in the words of the batch API, for the health page and for 413 answers. */
export function limitsDocument({ maxEvents, maxBytes }: BatchLimits): Record<string, unknown> {
  return {
    sync_ingress: {
      limits: {
        max_events_per_batch: maxEvents,
        max_decompressed_bytes_per_batch: maxBytes,
        retry_after_min_seconds: 1,
        retry_after_max_seconds: 60,
      },
    },
  }
}

/** Events that are read without a pause: about two milliseconds. */
const STRETCH = 50

/**
 * Reads a batch, and lets answers of the database through in between: with four senders every round
 * trip would otherwise wait until the whole batch of another sender is read. A poison event is named in its own result; only a body without a readable list of
 * events is refused as a whole.
 * @throws {Problem} `malformed-batch`, `batch-too-large`, `bad-request`
 */
export async function readBatch(
  body: Buffer,
  limits: BatchLimits,
  headers: ProducerHeaders,
): Promise<Batch> {
  const split = splitOrProblem(body)
  if (split.events.length > limits.maxEvents)
    throw new Problem('batch-too-large', {
      detail: `the batch is too large: ${split.events.length} events, the limit is ${limits.maxEvents}`,
      next: 'send fewer events in each batch',
      more: limitsDocument(limits),
    })
  const events: (ValidEvent | PoisonEvent)[] = []
  for (const [index, slice] of split.events.entries()) {
    if (index % STRETCH === STRETCH - 1) await otherWork()
    events.push(readEvent(body, slice, index))
  }
  const member = valueOf(body, split.others.get('producer'))
  return { events, producer: readProducer(headers, member, events.length) }
}

function splitOrProblem(body: Buffer): SplitBody {
  try {
    return splitBody(body)
  } catch (cause) {
    if (!(cause instanceof MalformedBody)) throw cause
    throw malformed(messageOf(cause), cause)
  }
}

function valueOf(body: Buffer, slice: Slice | undefined): unknown {
  if (slice === undefined) return undefined
  try {
    return JSON.parse(body.toString('utf8', slice.from, slice.to))
  } catch (cause) {
    throw malformed('"producer" is not valid JSON', cause)
  }
}

function malformed(detail: string, cause: unknown): Problem {
  const next = 'send {"events": […]} as in docs/batch-api.md'
  return new Problem('malformed-batch', { detail, next }, { cause })
}
