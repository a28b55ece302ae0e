/** Why a captured event cannot leave this machine yet; a closed set (SYNC/T017). */
export type BlockedReason =
  | 'saas_disabled'
  | 'missing_auth'
  | 'missing_team'
  | 'private_teamspace_gate'
  | 'daemon_lock'
  | 'network_unavailable'
  | 'delivery_off'

export interface CaptureContext {
  /** The gate that is closed at this moment, if one is; the event is stored all the same. */
  readonly blocked?: BlockedReason | undefined
  /** The account it is captured under (its e-mail); absent where no login is there. */
  readonly account?: string | undefined
  /** Where the event came from, for imports and migrations; recorded with a divergent duplicate. */
  readonly source?: string
  /** Whether a payload that gc or archive removed comes back with its event, as an import wants it. */
  readonly restores?: boolean
}

export type CaptureOutcome =
  | { readonly kind: 'captured'; readonly seq: number; readonly eventId: string }
  | {
      readonly kind: 'coalesced'
      readonly seq: number
      readonly eventId: string
      readonly replaced: string
    }
  | { readonly kind: 'already-captured'; readonly eventId: string }
  /** Known, and its payload, which gc or archive had removed, is back. */
  | { readonly kind: 'restored'; readonly eventId: string }
  | { readonly kind: 'divergent'; readonly eventId: string; readonly conflictId: number }
  | {
      readonly kind: 'quarantined'
      readonly quarantineId: number
      readonly problems: readonly string[]
    }
  | { readonly kind: 'discarded'; readonly eventType: string }

/** What the events of one transaction share. */
export interface CaptureBatch extends CaptureContext {
  readonly atMs: number
  /** Stream numbers by project, as far as this transaction has met them. */
  readonly streams: Map<string, number>
  bytesThrough: number
  /** Whether the event before this one was known. */
  isKnown: boolean
}
