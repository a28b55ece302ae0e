import { BatchSize } from './batching.ts'
import type { DrainContext } from './drain-context.ts'
import type { Pages } from './feed.ts'
import type { HeldBack } from './held.ts'
import type { AggregateOrder } from './order.ts'
import { recordResults } from './record.ts'
import type { Outgoing } from './select.ts'

/** Which events a phase of a drain sends: new ones move the cursor, the others are known to the target's books. */
export type BatchKind = 'fresh' | 'retry' | 'held' | 'lagging'

/** So many events are looked through for the next batch; an aggregate gives one of them. */
const LOOKAHEAD = 2_000

/** So many events are held back by one transaction at the most. */
const MOST_ASIDE = 5_000

/**
 * The events of one phase on their way into batches. Batches are cut by the limits at that time, they may
 * shrink while a drain runs, and in the order that aggregates need; so the cursor of the target is the
 * position before the first event that has no answer yet.
 */
export class EventQueue {
  readonly kind: BatchKind
  readonly order: AggregateOrder
  readonly #drainContext: DrainContext
  readonly #pages: Pages
  #waiting: Outgoing[] = []
  #aside: HeldBack[] = []
  readonly #unsettled = new Set<number>()
  #through: number
  #isAtEnd = false

  constructor(
    drainContext: DrainContext,
    pages: Pages,
    how: { readonly kind: BatchKind; readonly order: AggregateOrder },
  ) {
    this.#drainContext = drainContext
    this.#pages = pages
    this.#through = drainContext.claim.from
    this.kind = how.kind
    this.order = how.order
  }

  /** The next batch, or undefined at the end. */
  next(): readonly Outgoing[] | undefined {
    for (;;) {
      const batch = this.#cut()
      if (batch.length > 0) return batch
      if (!this.#refill()) return undefined
    }
  }

  /** Takes back the batch that was cut last, to be cut anew. */
  putBack(batch: readonly Outgoing[]): void {
    this.#waiting = [...batch, ...this.#waiting].sort((a, b) => a.seq - b.seq)
  }

  /** Holds an event back that was on its way when its predecessor failed. */
  putAside({ seq, aggregate }: Outgoing): void {
    this.#aside.push({ seq, aggregate })
  }

  /** What the next record has to write besides answers: the cursor, and what is held back. */
  takeProgress(answered: readonly Outgoing[]): Progress {
    const hold = this.#aside
    this.#aside = []
    for (const { seq } of [...answered, ...hold]) this.#unsettled.delete(seq)
    if (this.kind === 'retry' || this.kind === 'held') return { hold: [] }
    if (this.kind === 'lagging') return { hold }
    const [first] = this.#unsettled
    return { hold, recordedThrough: first === undefined ? this.#through : first - 1 }
  }

  #cut(): Outgoing[] {
    const batch: Outgoing[] = []
    const rest: Outgoing[] = []
    const takes = this.order.newBatch()
    const size = new BatchSize(this.#drainContext.limits)
    while (!this.#cutFrom(this.#waiting, { batch, rest, takes, size })) {
      this.#waiting = []
      if (rest.length >= LOOKAHEAD || !this.#refill()) break
    }
    this.#waiting = rest
    return batch
  }

  /** @returns whether the batch is full */
  #cutFrom(waiting: readonly Outgoing[], { batch, rest, takes, size }: Cut): boolean {
    let isFull = false
    for (const event of waiting)
      if (isFull) rest.push(event)
      else if (this.order.isBlocked(event)) this.putAside(event)
      else if (!size.fits(event)) {
        isFull = true
        rest.push(event)
      } else if (takes(event)) {
        size.add(event)
        batch.push(event)
      } else rest.push(event)
    return isFull
  }

  #refill(): boolean {
    if (this.#aside.length >= MOST_ASIDE) this.#flushAside()
    if (this.#isAtEnd) return false
    const page = this.#pages()
    this.#isAtEnd = page.length === 0
    for (const event of page) this.#unsettled.add(event.seq)
    this.#through = page.at(-1)?.seq ?? this.#through
    this.#waiting = [...this.#waiting, ...page]
    return !this.#isAtEnd
  }

  #flushAside(): void {
    const { journal, claim } = this.#drainContext
    recordResults(journal, { claim, events: [], resultOf: neverAsked, ...this.takeProgress([]) })
  }
}

interface Cut {
  readonly batch: Outgoing[]
  readonly rest: Outgoing[]
  readonly takes: (event: Outgoing) => boolean
  readonly size: BatchSize
}

export interface Progress {
  readonly hold: readonly HeldBack[]
  /** The position up to which everything is answered or held back. */
  readonly recordedThrough?: number
}

/** For records that hold no event. */
export function neverAsked(): never {
  throw new Error('there is no event to ask about')
}
