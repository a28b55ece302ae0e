import type { Journal } from '../journal/journal.ts'
import type { DeliveryReceiver, Limits } from '../receivers/contract.ts'
import type { Claim } from './claim.ts'
import type { Patience } from './patience.ts'
import type { DrainProgress } from './progress.ts'

/** What one drain carries through its phases. */
export interface Passage {
  readonly journal: Journal
  readonly receiver: DeliveryReceiver
  readonly patience: Patience
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: DrainProgress) => void
  /** Renews the claim; false if another dispatcher has taken over. */
  readonly renew: () => boolean
  claim: Claim
  limits: Limits
}

/** Whether an interrupt was asked for; a function, since the answer changes while a drain waits. */
export function isInterrupted({ signal }: Passage): boolean {
  return signal?.aborted === true
}
