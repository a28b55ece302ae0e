import { LEAST_BATCH_BYTES, type Limits } from '../receivers/contract.ts'
import type { Outgoing } from './select.ts'

/** Bytes of `{"events":[]}`; each further event adds its text and a comma. */
const FRAME_BYTES = 13

/** A filled-in team makes an event this much longer than its stored size, at the most. */
const TEAM_BYTES = 100

/** How much of what a target takes in one POST is used. */
export class BatchSize {
  readonly #limits: Limits
  #events = 0
  #bytes = FRAME_BYTES

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Whether a further event fits; the first one always does, since a lone event gets its own verdict. */
  fits({ sizeBytes }: Outgoing): boolean {
    if (this.#events === 0) return true
    const { maxEvents, maxBytes } = this.#limits
    return this.#events < maxEvents && this.#bytes + sizeBytes + TEAM_BYTES <= maxBytes
  }

  add({ sizeBytes }: Outgoing): void {
    this.#events += 1
    this.#bytes += sizeBytes + TEAM_BYTES
  }
}

/** Cuts events into batches, in order. */
export function cut(events: readonly Outgoing[], limits: Limits): Outgoing[][] {
  const batches: Outgoing[][] = []
  let size = new BatchSize(limits)
  for (const event of events) {
    if (batches.length === 0 || !size.fits(event)) {
      batches.push([])
      size = new BatchSize(limits)
    }
    batches.at(-1)?.push(event)
    size.add(event)
  }
  return batches
}

/** Whether the server itself said that it takes no event this large. Such an event is not even sent. */
export function isOversized({ sizeBytes }: Outgoing, { refusesAboveBytes }: Limits): boolean {
  return (
    refusesAboveBytes !== undefined &&
    refusesAboveBytes >= LEAST_BATCH_BYTES &&
    sizeBytes > refusesAboveBytes
  )
}

/**
 * Whether a refusal of a single event for its size can be true: not where an ordinary event would be too large, nor
 * where the limit that is named has room for it.
 */
export function mayBeTooLarge(
  { sizeBytes }: Outgoing,
  { refusesAboveBytes }: Partial<Limits>,
): boolean {
  if (refusesAboveBytes === undefined) return sizeBytes > LEAST_BATCH_BYTES
  const bytes = FRAME_BYTES + sizeBytes + TEAM_BYTES
  return refusesAboveBytes >= LEAST_BATCH_BYTES && bytes > refusesAboveBytes
}

/**
 * The parts of a refused batch, in order: around the events that the server named, else two halves.
 * Every part is smaller than the whole, so the culprit ends up alone.
 */
export function split(
  batch: readonly Outgoing[],
  named: ReadonlyMap<string, unknown> = new Map(),
): Outgoing[][] {
  const parts: Outgoing[][] = [[]]
  for (const event of batch) {
    if (named.has(event.eventId)) parts.push([event], [])
    else parts.at(-1)?.push(event)
  }
  const found = parts.filter((part) => part.length > 0)
  if (found.length > 1) return found
  const middle = Math.ceil(batch.length / 2)
  return [batch.slice(0, middle), batch.slice(middle)]
}
