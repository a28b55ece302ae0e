import type { Journal } from '../journal/journal.ts'
import { claimNext, type ClaimAnswer } from './claim.ts'
import { PATIENCE, type Patience } from './patience.ts'
import type { DrainProgress, DrainStop } from './progress.ts'
import type { Target } from './targets.ts'

interface WaitOptions {
  readonly journal: Journal
  readonly signal?: AbortSignal | undefined
  readonly whenHeld?: 'wait' | 'leave'
  readonly patience?: Partial<Patience>
}

interface Asking {
  readonly holder: string
  readonly onProgress: (progress: DrainProgress) => void
}

export type Acquired = Extract<ClaimAnswer, { kind: 'claimed' }> | { kind: 'stop'; stop: DrainStop }

/** How often a waiting dispatcher asks whether the other one is done. */
const HELD_POLL_MS = 50

/**
 * Takes the right to post to a target, waiting for another dispatcher or leaving as asked. The first
 * window of events is claimed with it.
 */
export async function acquire(
  { journal, signal, whenHeld = 'wait', patience }: WaitOptions,
  target: Target,
  { holder, onProgress }: Asking,
): Promise<Acquired> {
  const sleep = patience?.sleep ?? PATIENCE.sleep
  for (;;) {
    const answer = claimNext(journal, target, holder)
    if (answer.kind === 'claimed') return answer
    if (whenHeld === 'leave') return { kind: 'stop', stop: { kind: 'held', pid: answer.pid } }
    if (signal?.aborted === true) return { kind: 'stop', stop: { kind: 'interrupted' } }
    onProgress({ kind: 'held', pid: answer.pid })
    await sleep(HELD_POLL_MS, signal)
  }
}
