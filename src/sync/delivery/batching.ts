import type { Limits } from '../receivers/contract.ts'
import type { Outgoing } from './select.ts'

/** Bytes of `{"events":[]}`; each further event adds its text and a comma. */
const FRAME_BYTES = 13

/** A filled-in team makes an event this much longer than its stored size, at the most. */
const TEAM_BYTES = 100

/**
 * How many events from the front make the next batch: by count and by bytes, and at least one, since
 * a lone event must get its own verdict.
 */
export function batchLength(waiting: readonly Outgoing[], limits: Limits): number {
  let bytes = FRAME_BYTES
  let length = 0
  for (const { sizeBytes } of waiting) {
    bytes += sizeBytes + TEAM_BYTES
    if (length >= limits.maxEvents || (length > 0 && bytes > limits.maxBytes)) break
    length += 1
  }
  return length
}

/** Cuts events into batches, in order. */
export function cut(events: readonly Outgoing[], limits: Limits): Outgoing[][] {
  const batches: Outgoing[][] = []
  for (let from = 0; from < events.length;) {
    const rest = events.slice(from)
    const length = batchLength(rest, limits)
    batches.push(rest.slice(0, length))
    from += length
  }
  return batches
}

/** Whether the server itself said that it takes no event this large. */
export function isOversized({ sizeBytes }: Outgoing, limits: Limits): boolean {
  return limits.refusesAboveBytes !== undefined && sizeBytes > limits.refusesAboveBytes
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
