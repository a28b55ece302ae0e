import type { EventResult } from '../receivers/event-result.ts'
import type { Recorded } from './record.ts'
import type { Outgoing } from './select.ts'

/**
 * Keeps the events of one aggregate in order: one bad event stops nobody but its own successors. A batch
 * takes one event of each aggregate, because a server may refuse any event of a batch and take the
 * others; what follows an event that may still be delivered is put aside. A receiver that announces that
 * it keeps the order within a batch gets whole batches.
 */
export class AggregateOrder {
  readonly #blocked: Set<number>
  readonly #isKeptByReceiver: boolean

  constructor(blocked: Set<number>, isKeptByReceiver: boolean) {
    this.#blocked = blocked
    this.#isKeptByReceiver = isKeptByReceiver
  }

  /** Whether an earlier event of its aggregate may still be delivered. */
  isBlocked({ aggregate }: Outgoing): boolean {
    return this.#blocked.has(aggregate)
  }

  /** A fresh record of the aggregates that are in one batch. */
  newBatch(): (event: Outgoing) => boolean {
    if (this.#isKeptByReceiver) return () => true
    const taken = new Set<number>()
    return ({ aggregate }) => {
      if (taken.has(aggregate)) return false
      taken.add(aggregate)
      return true
    }
  }

  /** Notes what a target said. */
  note(recorded: readonly Recorded[]): void {
    for (const { outgoing, status } of recorded)
      if (status === 'rejected' || status === 'transient') this.#blocked.add(outgoing.aggregate)
  }
}

/** Whether successors may follow at once: the event is there, or it never will be. */
export function letsFollow({ verdict }: EventResult): boolean {
  switch (verdict) {
    case 'success':
    case 'duplicate':
    case 'pending':
    case 'failed-permanent':
      return true
    case 'rejected':
    case 'transient':
      return false
  }
}
