import { remedyText, type Remedy } from './remedies.ts'
import { ERROR_CODES, type SyncCode } from './error-codes.ts'

export type { SyncCode } from './error-codes.ts'

export interface SyncErrorDetails {
  readonly code: SyncCode
  /** What happened, with the observed value. */
  readonly what: string
  /** A file, a folder, a URL, a setting, a command or an event id. */
  readonly where: string
  /** What to type or do next; the usual remedy of the code unless a better one is known. */
  readonly remedy?: Remedy
}

/**
 * An expected refusal of the engine or of its command: what happened, where, what to do next. No field
 * ever holds a secret.
 */
export class SyncError extends Error {
  override readonly name = 'SyncError'
  readonly code: SyncCode
  readonly what: string
  readonly where: string
  readonly remedy: Remedy

  constructor({ code, what, where, remedy }: SyncErrorDetails, options?: ErrorOptions) {
    const usual: Remedy = ERROR_CODES[code].remedy
    const chosen = remedy ?? usual
    super(`${what} (${where}). Next: ${remedyText(chosen)}`, options)
    this.code = code
    this.what = what
    this.where = where
    this.remedy = chosen
  }

  /** The remedy as text. */
  get next(): string {
    return remedyText(this.remedy)
  }
}
