import type { BlockedReason } from '../journal/capture-outcome.ts'
import type { Judgement } from '../delivery/record.ts'
import type { DeploymentMetadata, TargetIdentity } from '../delivery/targets.ts'

/** What a receiver takes in one POST. */
export interface Limits {
  readonly maxEvents: number
  /** Size of the body before compression, in bytes, that batches are cut to. */
  readonly maxBytes: number
  /** What the server itself named as its end; an event above it is not even sent. */
  readonly refusesAboveBytes?: number | undefined
  readonly retryAfterMaxMs?: number | undefined
}

/** Whether anything may be sent at this moment; the gates are the receiver's, not the dispatcher's. */
export type GateAnswer =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'closed'
      readonly reason: BlockedReason
      readonly what: string
      readonly next: string
    }

export interface Batch {
  readonly eventIds: readonly string[]
  /** `{"events":[…]}`, built from the stored texts; once answered, its memory is used again. */
  readonly body: Buffer
}

/** Every way a POST can end. Only `judged` says something about an event. */
export type PostAnswer =
  | {
      readonly kind: 'judged'
      readonly httpStatus: number
      readonly judgements: ReadonlyMap<string, Judgement>
    }
  | {
      readonly kind: 'refused'
      readonly httpStatus: number
      readonly reason: string
      readonly named: ReadonlyMap<string, string>
    }
  | { readonly kind: 'too-large'; readonly httpStatus: number; readonly limits: Partial<Limits> }
  | {
      readonly kind: 'denied'
      readonly httpStatus: number
      readonly category: DenialCategory
      readonly detail: string
    }
  | {
      readonly kind: 'later'
      readonly httpStatus?: number
      readonly category: string
      readonly detail: string
      readonly retryAfterMs?: number
    }

export type DenialCategory = 'auth_expired' | 'unauthorized' | 'missing_private_team'

/** One contract for every kind of target (SYNC/FR-014). */
export interface DeliveryReceiver {
  readonly identity: TargetIdentity
  /** Where batches go, for messages. */
  readonly endpoint: string
  gate(): Promise<GateAnswer>
  /** Limits and deployment data, asked once per drain; never fails, a silent server has defaults. */
  describe(): Promise<{ readonly limits: Limits; readonly deployment: DeploymentMetadata }>
  /** Filled in where a producer knew no team; undefined leaves it unknown. */
  readonly team: string | undefined
  /** Sends one batch. Every failure is an answer, nothing is thrown. */
  post(batch: Batch): Promise<PostAnswer>
  close(): Promise<void>
}

export const DEFAULT_LIMITS: Limits = { maxEvents: 1_000, maxBytes: 235_929 }
