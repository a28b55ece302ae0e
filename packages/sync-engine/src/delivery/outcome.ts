import type { BlockedReason } from '../journal/capture-outcome.ts'
import type { DenialCategory } from '../receivers/contract.ts'
import type { DrainStop } from './progress.ts'
import type { DrainEnd } from './targets.ts'

/** What a target's row keeps of the way a drain ended: the closed gate and the rest it asked for. */
export function drainEnd(stop: DrainStop): DrainEnd {
  switch (stop.kind) {
    case 'blocked':
      return { kind: stop.kind, reason: stop.reason }
    case 'denied':
      return { kind: stop.kind, reason: DENIED_AS[stop.category] }
    case 'unavailable':
      return {
        kind: stop.kind,
        reason: stop.category === 'unreachable' ? 'network_unavailable' : undefined,
        retryAtMs: stop.retryAtMs,
      }
    case 'fenced':
    case 'finished':
    case 'interrupted':
    case 'lost-claim':
    case 'held':
      return { kind: stop.kind }
  }
}

const DENIED_AS: Readonly<Record<DenialCategory, BlockedReason>> = {
  auth_expired: 'missing_auth',
  unauthorized: 'missing_team',
  missing_private_team: 'private_teamspace_gate',
}
