import { batchLength } from './batching.ts'
import { claimNext } from './claim.ts'
import type { Passage } from './passage.ts'
import { selectFresh, selectOpen, type Outgoing } from './select.ts'
import type { Target } from './targets.ts'

/** Rows read per selection; batches are cut from them. */
const PAGE = 500

/** Gives page after page of events to send; an empty one is the end. */
export type Pages = () => readonly Outgoing[]

/** Once through the open events in order of capture, each at most once. */
export function openPages({ journal }: Passage, target: Target, dueBy: number): Pages {
  let after = 0
  return () => {
    const page = selectOpen(journal, target.generationId, { after, dueBy, limit: PAGE })
    after = page.at(-1)?.seq ?? after
    return page
  }
}

/** Everything this target never judged, window by window, until the journal's end is reached. */
export function freshPages(passage: Passage, target: Target): Pages {
  const { journal } = passage
  let after = passage.claim.from
  return () => {
    for (;;) {
      const { through } = passage.claim
      const page = selectFresh(journal, { after, through, limit: PAGE })
      after = page.at(-1)?.seq ?? through
      if (page.length > 0 || !extendClaim(passage, target)) return page
    }
  }
}

/** @returns whether there are further events, now claimed */
function extendClaim(passage: Passage, target: Target): boolean {
  const { through, holder } = passage.claim
  const answer = claimNext(passage.journal, target, holder)
  // A claim that was lost shows when the running batch is recorded; no page follows.
  if (answer.kind === 'held' || answer.claim.through <= through) return false
  passage.claim = answer.claim
  passage.onProgress({ kind: 'claimed', through: answer.claim.through })
  return true
}

/** Cuts pages into batches by the limits of the moment: they may shrink while a drain runs. */
export class BatchCutter {
  readonly #passage: Passage
  readonly #pages: Pages
  #waiting: readonly Outgoing[] = []

  constructor(passage: Passage, pages: Pages) {
    this.#passage = passage
    this.#pages = pages
  }

  next(): readonly Outgoing[] | undefined {
    if (this.#waiting.length === 0) this.#waiting = this.#pages()
    if (this.#waiting.length === 0) return undefined
    const length = batchLength(this.#waiting, this.#passage.limits)
    const batch = this.#waiting.slice(0, length)
    this.#waiting = this.#waiting.slice(length)
    return batch
  }

  /** Takes back the batch that was cut last, to be cut anew. */
  putBack(batch: readonly Outgoing[]): void {
    this.#waiting = [...batch, ...this.#waiting]
  }
}
