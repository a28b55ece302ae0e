import type { GitHub } from '../github/github.ts'
import type { Comment } from '../github/types.ts'
import type { PollPolicy } from './poll-policy.ts'

/** Everything the exactly-once protocol needs to know and to remember. */
export interface Posting {
  readonly github: GitHub
  readonly issue: number
  /** The comment, marker included. */
  readonly body: string
  /** Login from the configuration, if any. */
  readonly configuredAuthor: string | undefined
  /** Logins that are ours; grows as they are learned, and is remembered on disk. */
  readonly authors: Set<string>
  readonly polling: PollPolicy
  /** When an earlier process sent this comment without learning the outcome (ISO 8601), or null. */
  readonly sentAt: string | null
  /** Whether a comment of another run of the same candidate still counts. */
  readonly isStillValid: (comment: Comment) => boolean
  /** Called before the request leaves: from here on it may have happened. */
  readonly aboutToPost: () => Promise<void>
  /** Called when it is certain that it has not happened. */
  readonly refused: () => Promise<void>
  /** Tells the operator what is waited for. */
  readonly progress?: (message: string) => void
}

/** What is needed to recognise the comment, without what is needed to post it. */
export type Recognised = Omit<Posting, 'sentAt' | 'aboutToPost' | 'refused'>

/** Comments of an issue that carry our marker. */
export interface Found {
  /** By one of our logins, oldest first. */
  readonly ours: readonly Comment[]
  /** Under a foreign name: reported, never counted. */
  readonly planted: readonly Comment[]
}
