import { SyncError } from '../errors.ts'
import { BoundaryError } from './error.ts'

/** What every expected refusal says, whichever room it comes from. */
export interface Refusal {
  readonly code: string
  readonly what: string
  readonly where: string
  readonly next: string
}

/** Whether an error is an expected refusal; everything else is a bug. */
export function isRefusal(cause: unknown): cause is Refusal {
  return cause instanceof BoundaryError || cause instanceof SyncError
}
