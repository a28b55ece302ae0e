import {
  isDelivered,
  transition,
  type LedgerStatus,
} from '../../packages/sync-engine/src/delivery/transition.ts'
import { type Verdict } from '../../packages/sync-engine/src/receivers/event-result.ts'

/** One event as the model knows it. */
export interface ModelEvent {
  readonly id: string
  readonly key: string | undefined
  /** Once claimed for any target, it may be on a server for ever. */
  claimed: boolean
  /** Gone because a newer one took its place before any claim. */
  collapsed: boolean
  /** Its payload was collected. */
  removed: boolean
}

interface ModelTarget {
  readonly ledger: Map<string, { status: LedgerStatus; attempts: number }>
  /** Event ids that the server has. */
  readonly server: Set<string>
}

export type TargetName = 'A' | 'B'

/** What the server says to an event; `absent` leaves it out of the results. */
export type Word = 'store' | 'pending' | 'rejected' | 'transient' | 'failed_permanent' | 'absent'

/** Where the process dies: before or after the n-th POST, counted from 1. */
export interface CrashPoint {
  readonly post: number
  readonly when: 'before' | 'after'
}

export const BATCH = 3

/** The engine in a few lines of arrays: what every sequence of commands must come to. */
export class Model {
  readonly events: ModelEvent[] = []
  readonly targets = new Map<TargetName, ModelTarget>()

  capture(id: string, key: string | undefined): void {
    const earlier = this.events.findLast(
      (event) => key !== undefined && event.key === key && !event.collapsed,
    )
    if (earlier !== undefined && !earlier.claimed) earlier.collapsed = true
    this.events.push({ id, key, claimed: false, collapsed: false, removed: false })
  }

  drain(name: TargetName, word: (id: string) => Word, crash: CrashPoint | undefined): void {
    const target = this.targets.get(name) ?? { ledger: new Map(), server: new Set<string>() }
    this.targets.set(name, target)
    for (const event of this.events) if (!event.collapsed) event.claimed = true
    const phases = [inBatches(this.#open(target)), inBatches(this.#untried(target))]
    let posts = 0
    for (const batches of phases) {
      // A clean answer is written while the next batch is already on its way; any other one decides what
      // may follow, so it is written before.
      let unwritten = (): void => undefined
      for (const batch of batches) {
        posts += 1
        const dies = crash?.post === posts ? crash.when : undefined
        if (dies === 'before') return
        unwritten()
        const verdicts = batch.map((id) => judge(target, id, word(id)))
        if (dies === 'after') return
        if (verdicts.every(letsFollow)) unwritten = () => record(target, batch, verdicts)
        else {
          record(target, batch, verdicts)
          unwritten = () => undefined
        }
      }
      unwritten()
    }
  }

  /** Whether the database must let the payload go: every known target has it. */
  mayRemove({ id, collapsed, removed }: ModelEvent): boolean {
    const everyTarget = [...this.targets.values()].every(({ ledger }) =>
      isDelivered(ledger.get(id)?.status),
    )
    return !collapsed && !removed && this.targets.size > 0 && everyTarget
  }

  #open({ ledger }: ModelTarget): string[] {
    const isOpen = (status: LedgerStatus | undefined): boolean =>
      status === 'pending' || status === 'rejected' || status === 'transient'
    return this.events.filter(({ id }) => isOpen(ledger.get(id)?.status)).map(({ id }) => id)
  }

  #untried({ ledger }: ModelTarget): string[] {
    return this.events
      .filter(({ id, collapsed, removed }) => !collapsed && !removed && !ledger.has(id))
      .map(({ id }) => id)
  }
}

function judge(target: ModelTarget, id: string, word: Word): Verdict {
  switch (word) {
    case 'store': {
      const verdict = target.server.has(id) ? 'duplicate' : 'success'
      target.server.add(id)
      return verdict
    }
    case 'failed_permanent':
      return 'failed-permanent'
    case 'absent':
      return 'transient'
    case 'pending':
    case 'rejected':
    case 'transient':
      return word
  }
}

function letsFollow(verdict: Verdict): boolean {
  return verdict !== 'rejected' && verdict !== 'transient'
}

function record(
  { ledger }: ModelTarget,
  batch: readonly string[],
  verdicts: readonly Verdict[],
): void {
  for (const [position, id] of batch.entries()) {
    const before = ledger.get(id)
    const attempts = (before?.attempts ?? 0) + 1
    const verdict = verdicts[position] ?? 'transient'
    ledger.set(id, { status: transition(before?.status, verdict, attempts), attempts })
  }
}

function inBatches(ids: readonly string[]): string[][] {
  const batches: string[][] = []
  for (let from = 0; from < ids.length; from += BATCH) batches.push(ids.slice(from, from + BATCH))
  return batches
}
