/** What the boundary refuses or cannot do. Stable: scripts read it as `error_code`. */
export type BoundaryCode =
  | 'home-unsafe'
  | 'home-not-writable'
  | 'config-invalid'
  | 'no-server'
  | 'not-logged-in'
  | 'SAAS_SYNC_UNAUTHENTICATED'
  | 'login-denied'
  | 'login-expired'
  | 'login-failed'
  | 'network'
  | 'owner-mismatch'
  | 'owner-unreadable'
  | 'daemon-running'
  | 'daemon-not-started'
  | 'daemon-not-ours'
  | 'no-project'
  | 'no-mission'
  | 'mission-exists'
  | 'mission-invalid'
  | 'no-work-package'
  | 'lane-unknown'
  | 'move-refused'
  | 'feedback-missing'
  | 'source-unreadable'
  | 'archive-invalid'
  | 'import-invalid'
  | 'unknown-conflict'
  | 'export-invalid'

export interface BoundaryDetails {
  readonly code: BoundaryCode
  /** What happened, with the observed value. */
  readonly what: string
  /** A file, a folder, a URL or a command. */
  readonly where: string
  /** What to type or do next. */
  readonly next: string
}

/**
 * An expected refusal of the command line: it always says what happened, where, and what to do next.
 * No field ever holds a token.
 */
export class BoundaryError extends Error {
  override readonly name = 'BoundaryError'
  readonly code: BoundaryCode
  readonly what: string
  readonly where: string
  readonly next: string

  constructor(details: BoundaryDetails, options?: ErrorOptions) {
    super(`${details.what} (${details.where}). Next: ${details.next}`, options)
    this.code = details.code
    this.what = details.what
    this.where = details.where
    this.next = details.next
  }
}
