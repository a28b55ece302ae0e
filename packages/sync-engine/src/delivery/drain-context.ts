import type { AllowedStreams } from '../consent/allowed.ts'
import type { Sender } from '../consent/sender.ts'
import type { Journal } from '../journal/journal.ts'
import type { DeliveryReceiver, Limits } from '../receivers/contract.ts'
import type { Claim } from './claim.ts'
import type { Producer } from './producer.ts'
import type { RetryPolicy } from './retry-policy.ts'
import type { DrainProgress } from './progress.ts'

/** What one drain carries through its phases. */
export interface DrainContext {
  readonly journal: Journal
  readonly receiver: DeliveryReceiver
  readonly retryPolicy: RetryPolicy
  /** Whom the drain delivers for; undefined where the caller answers for what goes out. */
  readonly sender: Sender | undefined
  /** Undefined where the receiver is not told which journal events come from. */
  readonly producer: Producer | undefined
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: DrainProgress) => void
  /** Renews the claim; false if another dispatcher has taken over. */
  readonly renew: () => boolean
  /** What might go out at some moment of this drain: an event of it may be on its way still. */
  wasAllowed: AllowedStreams
  claim: Claim
  limits: Limits
}

/** Whether an interrupt was asked for; a function, since the answer changes while a drain waits. */
export function isInterrupted({ signal }: DrainContext): boolean {
  return signal?.aborted === true
}
