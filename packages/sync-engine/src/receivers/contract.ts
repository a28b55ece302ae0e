import type { Remedy } from '../base/remedies.ts'
import type { BlockedReason } from '../journal/capture-outcome.ts'
import type { EventResult } from './event-result.ts'
import type { DeploymentMetadata, TargetIdentity } from '../target/identity.ts'

/** What a receiver takes in one POST. */
export interface Limits {
  readonly maxEvents: number
  /** Size of the body before compression, in bytes, that batches are cut to. */
  readonly maxBytes: number
  /** What the server itself named as its end, however absurd (`isOversized`). */
  readonly refusesAboveBytes?: number | undefined
  readonly retryAfterMaxMs?: number | undefined
  /** It takes no event of an aggregate after one of the same batch that it did not take. */
  readonly keepsOrder?: boolean | undefined
}

/** Whether anything may be sent at this moment; the gates are the receiver's, not the dispatcher's. */
export type GateAnswer =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'closed'
      readonly reason: BlockedReason
      readonly what: string
      readonly remedy: Remedy
    }

export interface Batch {
  readonly eventIds: readonly string[]
  /** `{"events":[…]}`, built from the stored texts; once answered, its memory is used again. */
  readonly body: Buffer
  /** The same for every sending of one attempt, so that a server can give the answer it gave before. */
  readonly idempotencyKey: string
  /** The journal that the events come from, for receivers that ask for it. */
  readonly producer?: { readonly id: string; readonly epoch: number } | undefined
}

/** Every way a POST can end. Only `results` says something about an event. */
export type PostAnswer =
  | {
      readonly kind: 'results'
      readonly httpStatus: number
      readonly results: ReadonlyMap<string, EventResult>
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
      /** Absent where nothing was sent, because the login has ended. */
      readonly httpStatus?: number
      readonly category: DenialCategory
      readonly detail: string
    }
  /** The receiver knows the identity of this journal from another home; nothing was stored. */
  | {
      readonly kind: 'fenced'
      readonly httpStatus: number
      readonly detail: string
      readonly nextEpoch?: number | undefined
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
  /** Whether batches say which journal their events come from (docs/batch-api.md). */
  readonly namesProducer?: boolean
  /** Sends one batch. Every failure is an answer, nothing is thrown. */
  post(batch: Batch): Promise<PostAnswer>
  close(): Promise<void>
}

/** An ordinary event; who takes less takes nothing, so a smaller limit is not one. */
export const LEAST_BATCH_BYTES = 1_000

export const DEFAULT_LIMITS: Limits = { maxEvents: 1_000, maxBytes: 235_929 }
