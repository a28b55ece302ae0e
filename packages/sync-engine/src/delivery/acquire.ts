import { dirname, join } from 'node:path'
import { takeFileLock, type FileLock } from '../base/file-lock.ts'
import type { Journal } from '../journal/journal.ts'
import { claimNext, leaseHolder, processIsAlive, type ClaimAnswer } from './claim.ts'
import { RETRY_POLICY, type RetryPolicy } from './retry-policy.ts'
import type { DrainProgress, DrainStop } from './progress.ts'
import type { Target } from './targets.ts'

interface WaitOptions {
  readonly journal: Journal
  readonly signal?: AbortSignal | undefined
  readonly whenHeld?: 'wait' | 'leave'
  readonly retryPolicy?: Partial<RetryPolicy>
}

interface Asking {
  readonly holder: string
  readonly onProgress: (progress: DrainProgress) => void
}

export type Acquired =
  | (Extract<ClaimAnswer, { kind: 'claimed' }> & { readonly lock: FileLock | undefined })
  | { kind: 'stop'; stop: DrainStop }

/** How often a waiting dispatcher asks whether the other one is done. */
const HELD_POLL_MS = 50

/**
 * Takes the right to post to a target, waiting for another dispatcher or leaving as asked. The first
 * window of events is claimed with it. Whoever has the lock of the target's file is the only one: a
 * lease that another process wrote is then that of a dead one, whatever its number, host or clock says.
 */
export async function acquire(
  { journal, signal, whenHeld = 'wait', retryPolicy }: WaitOptions,
  target: Target,
  { holder, onProgress }: Asking,
): Promise<Acquired> {
  const sleep = retryPolicy?.sleep ?? RETRY_POLICY.sleep
  for (;;) {
    const answer = tryToAcquire(journal, target, holder)
    if (answer.kind === 'claimed') return answer
    if (whenHeld === 'leave') return { kind: 'stop', stop: { kind: 'held', pid: answer.pid } }
    if (signal?.aborted === true) return { kind: 'stop', stop: { kind: 'interrupted' } }
    onProgress({ kind: 'held', pid: answer.pid })
    await sleep(HELD_POLL_MS, signal)
  }
}

type Attempt = Exclude<Acquired, { kind: 'stop' }> | { kind: 'held'; pid: number }

function tryToAcquire(journal: Journal, target: Target, holder: string): Attempt {
  const lock = lockOf(journal, target)
  if (lock === 'taken') return { kind: 'held', pid: leaseHolder(journal, target) ?? 0 }
  try {
    const isAlive = lock === undefined ? processIsAlive : () => false
    const answer = claimNext(journal, target, holder, isAlive)
    if (answer.kind === 'claimed') return { ...answer, lock }
    lock?.release()
    return { kind: 'held', pid: answer.pid }
  } catch (cause) {
    lock?.release()
    throw cause
  }
}

/** Undefined where the file system has no locks; then the lease alone has to do. */
function lockOf({ path }: Journal, { targetId }: Target): FileLock | 'taken' | undefined {
  try {
    return takeFileLock(join(dirname(path), `dispatch-${targetId}.lock`), 0) ?? 'taken'
  } catch {
    return undefined
  }
}
