import type { Journal } from '../journal/journal.ts'
import { countsFor, type TargetCounts } from './counts.ts'
import type { DrainProgress, DrainStop } from './progress.ts'
import type { Target } from './targets.ts'
import { isDelivered, type LedgerStatus } from './transition.ts'

/** What a drain did and, as truly, what it left (SYNC/FR-004; "nothing left" only if nothing is). */
export interface DrainReport {
  readonly target: Target
  readonly stop: DrainStop
  /** Verdicts of this drain; an event that was split off counts once. */
  readonly verdicts: Readonly<Record<LedgerStatus, number>>
  readonly posts: number
  readonly startedAtMs: number
  readonly failures: readonly Failure[]
  /** Where everything stands now. */
  readonly counts: TargetCounts
}

/** An event that this drain did not deliver, for a report file. */
export interface Failure {
  readonly eventId: string
  readonly status: LedgerStatus
  readonly category: string | undefined
  readonly detail: string | undefined
}

/** A report names this many failures; the ledger has them all. */
const FAILURES_NAMED = 1_000

/** Counts a drain's verdicts as they are recorded, and passes every step on. */
export class Tally {
  readonly verdicts = {
    success: 0,
    duplicate: 0,
    pending: 0,
    rejected: 0,
    transient: 0,
    'terminal-failed': 0,
  }
  readonly failures: Failure[] = []
  readonly startedAtMs: number
  posts = 0
  readonly #forward: ((progress: DrainProgress) => void) | undefined

  constructor(forward: ((progress: DrainProgress) => void) | undefined, startedAtMs: number) {
    this.#forward = forward
    this.startedAtMs = startedAtMs
  }

  readonly note = (progress: DrainProgress): void => {
    if (progress.kind === 'posted') this.posts += 1
    if (progress.kind === 'recorded') this.#count(progress)
    this.#forward?.(progress)
  }

  #count({ events }: Extract<DrainProgress, { kind: 'recorded' }>): void {
    for (const { outgoing, status, result } of events) {
      this.verdicts[status] += 1
      if (isDelivered(status) || this.failures.length >= FAILURES_NAMED) continue
      const { category, detail } = result
      this.failures.push({ eventId: outgoing.eventId, status, category, detail })
    }
  }
}

export function reportDrain(
  journal: Journal,
  target: Target,
  stop: DrainStop,
  tally: Tally,
): DrainReport {
  return {
    target,
    stop,
    verdicts: { ...tally.verdicts },
    posts: tally.posts,
    startedAtMs: tally.startedAtMs,
    failures: tally.failures,
    counts: countsFor(journal, target.generationId),
  }
}
