import type { Remedy } from '../base/remedies.ts'
import type { DenialCategory } from '../receivers/contract.ts'
import type { BlockedReason } from '../journal/capture-outcome.ts'
import type { Recorded } from './record.ts'

/** Steps of a drain as they happen, for a progress line and for tests that strike between them. */
export type DrainProgress =
  | { readonly kind: 'held'; readonly pid: number }
  | { readonly kind: 'claimed'; readonly through: number }
  | { readonly kind: 'posting'; readonly events: number }
  | { readonly kind: 'posted'; readonly events: number; readonly answer: string }
  | { readonly kind: 'waiting'; readonly ms: number; readonly why: string }
  | { readonly kind: 'recorded'; readonly events: readonly Recorded[] }

/** Why a drain ended. Only `finished` met every event; none of them is a failure of an event. */
export type DrainStop =
  | { readonly kind: 'finished' }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'lost-claim' }
  | { readonly kind: 'held'; readonly pid: number }
  | {
      readonly kind: 'blocked'
      readonly reason: BlockedReason
      readonly what: string
      readonly remedy: Remedy
    }
  | {
      readonly kind: 'denied'
      readonly category: DenialCategory
      readonly what: string
      readonly remedy: Remedy
    }
  | {
      readonly kind: 'fenced'
      readonly what: string
      readonly remedy: Remedy
    }
  | {
      readonly kind: 'unavailable'
      readonly category: string
      readonly what: string
      readonly remedy: Remedy
      readonly retryAtMs: number | undefined
    }
