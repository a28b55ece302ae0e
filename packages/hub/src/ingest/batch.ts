import { setImmediate as otherWork } from 'node:timers/promises'
import { Problem } from '../base/problem.ts'
import { readEvent, type PoisonEvent, type ValidEvent } from '../contract/event.ts'
import { MalformedBody, splitBody, type Slice, type SplitBody } from '../contract/split.ts'
import { messageOf } from '../base/errors.ts'
import { DEEPEST } from '@canary-gate/batch-contract'
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
  // Each of them is read, also what nobody asks for: a body with a broken member is not JSON.
  const others = new Map([...split.others].map(([name, one]) => [name, valueOf(body, name, one)]))
  return { events, producer: readProducer(headers, others.get('producer'), events.length) }
}

function splitOrProblem(body: Buffer): SplitBody {
  try {
    return splitBody(body)
  } catch (cause) {
    if (!(cause instanceof MalformedBody)) throw cause
    throw malformed(messageOf(cause), cause)
  }
}

function valueOf(body: Buffer, name: string, { from, to, depth, members }: Slice): unknown {
  const shown = JSON.stringify(name.slice(0, 40))
  if (depth > DEEPEST) throw malformed(`${shown} is nested deeper than ${DEEPEST} levels`)
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8', from, to))
  } catch (cause) {
    throw malformed(`${shown} is not valid JSON`, cause)
  }
  if (membersOf(value) !== members) throw malformed(`an object of ${shown} has a key twice`)
  return value
}

/** The number of members of all its objects, without those that a later one of the same key replaced. */
function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inner: unknown[] = Object.values(value)
  const own = Array.isArray(value) ? 0 : inner.length
  return inner.reduce<number>((sum, one) => sum + membersOf(one), own)
}

function malformed(detail: string, cause?: unknown): Problem {
  const next = 'send {"events": […]} as in docs/batch-api.md'
  return new Problem('malformed-batch', { detail, next }, { cause })
}
