import type { HttpClientOptions } from './http-client.ts'

/** One write to GitHub as it is kept with the evidence. */
export interface ExternalWrite {
  /** The same for everything that is told about one request. */
  readonly id: string
  readonly what: 'comment' | 'close' | 'reopen' | 'take-back'
  readonly issue: number
  /** What was written, in full; null where there is no text. */
  readonly text: string | null
  readonly url: string | null
  /** When it was sent, and when its answer came (ISO 8601). */
  readonly at: string
  /** `confirmed` is what GitHub answered; that it is so, only a read proves. */
  readonly outcome: 'sent' | 'confirmed' | 'unknown' | 'not-sent'
}

export interface GitHubOptions extends HttpClientOptions {
  /** Called before each write leaves and after its answer; where it throws, nothing is sent. */
  readonly record?: (write: ExternalWrite) => Promise<void>
}

/** What a comment must be to count as this run's own. */
export interface OwnText {
  readonly body: string
  readonly authors: ReadonlySet<string>
}
