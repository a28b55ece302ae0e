/** What the engine refuses or cannot do. Stable: scripts read it as `error_code`. */
export type SyncCode =
  | 'url-invalid'
  | 'split-brain'
  | 'no-server'
  | 'config-invalid'
  | 'sqlite-too-old'
  | 'journal-unreadable'
  | 'journal-newer'
  | 'journal-busy'
  | 'disk-full'
  | 'event-unknown'
  | 'target-unknown'
  | 'endpoint-missing'
  | 'port-taken'

export interface SyncErrorDetails {
  readonly code: SyncCode
  /** What happened, with the observed value. */
  readonly what: string
  /** A file, a URL, a setting or an event id. */
  readonly where: string
  /** What to type or do next. */
  readonly next: string
}

/** An expected refusal of the engine: what happened, where, what to do next. Never holds a secret. */
export class SyncError extends Error {
  override readonly name = 'SyncError'
  readonly code: SyncCode
  readonly what: string
  readonly where: string
  readonly next: string

  constructor(details: SyncErrorDetails, options?: ErrorOptions) {
    super(`${details.what} (${details.where}). Next: ${details.next}`, options)
    this.code = details.code
    this.what = details.what
    this.where = details.where
    this.next = details.next
  }
}
