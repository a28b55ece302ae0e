/** Where an event stands at a target. No ledger row means it was never judged there. */
export type LedgerStatus =
  'success' | 'duplicate' | 'pending' | 'rejected' | 'transient' | 'terminal-failed'

/** What a receiver says about one event. `failed-permanent` is a verdict that a retry cannot change. */
export type Verdict =
  'success' | 'duplicate' | 'pending' | 'rejected' | 'transient' | 'failed-permanent'

export const LEDGER_STATUSES: readonly LedgerStatus[] = [
  'success',
  'duplicate',
  'pending',
  'rejected',
  'transient',
  'terminal-failed',
]

/** A rejection may be the server's passing mistake; after this many it is not. */
export const MAX_REJECTIONS = 8

/**
 * The one place where an event's state at a target changes (docs/delivery-states.md): total, pure,
 * and stored by SQL as it is returned. Delivered stays delivered whatever a repeated POST brings.
 *
 * @param current the state before, undefined if the event was never judged at this target
 * @param verdict what the receiver said
 * @param attempts how often it was judged, this time included
 */
export function transition(
  current: LedgerStatus | undefined,
  verdict: Verdict,
  attempts: number,
): LedgerStatus {
  if (isDelivered(current)) return current
  switch (verdict) {
    case 'success':
    case 'duplicate':
    case 'pending':
    case 'transient':
      return verdict
    case 'rejected':
      return attempts >= MAX_REJECTIONS ? 'terminal-failed' : 'rejected'
    case 'failed-permanent':
      return 'terminal-failed'
  }
}

/** Delivered: the target has the event. */
export function isDelivered(status: LedgerStatus | undefined): status is 'success' | 'duplicate' {
  return status === 'success' || status === 'duplicate'
}

/** Open: judged, not delivered, and to be sent again. */
export function isOpen(status: LedgerStatus): status is 'pending' | 'rejected' | 'transient' {
  return status === 'pending' || status === 'rejected' || status === 'transient'
}

/** Doubling from 5 seconds to an hour; a daemon waits it out, `sync now` does not. */
export function retryDelayMs(attempts: number): number {
  return Math.min(5_000 * 2 ** Math.min(attempts - 1, 20), 3_600_000)
}
