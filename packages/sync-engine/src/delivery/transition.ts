import type { Verdict } from '../receivers/event-result.ts'

/** Where an event stands at a target. No ledger row means it was never sent there. */
export type LedgerStatus =
  'success' | 'duplicate' | 'pending' | 'rejected' | 'transient' | 'terminal-failed'

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
 * @param current the state before, undefined if the event was never sent to this target
 * @param verdict what the receiver said
 * @param attempts how often it was sent, this time included
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

/** Open: sent, not delivered, and to be sent again. */
export function isOpen(status: LedgerStatus): status is 'pending' | 'rejected' | 'transient' {
  return status === 'pending' || status === 'rejected' || status === 'transient'
}

/** No event waits longer than this for its next attempt. */
export const LONGEST_DELAY_MS = 3_600_000

/** Doubling from 5 seconds to an hour; a daemon waits it out, `sync now` does not. */
export function retryDelayMs(attempts: number): number {
  return Math.min(5_000 * 2 ** Math.min(attempts - 1, 20), LONGEST_DELAY_MS)
}
