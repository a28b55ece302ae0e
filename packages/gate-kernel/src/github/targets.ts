/** Where GitHub is and how the gate speaks to it; a part of the world of a gate. */
export interface GitHubSettings {
  /** REST base URL, e.g. https://api.github.com; GraphQL is asked at its `/graphql`. */
  readonly apiUrl: string
  /** `owner/name` by the name that the gate's definition gives a repository. */
  readonly repositories: Readonly<Record<string, string>>
  /** Name of the environment variable that holds the token. */
  readonly tokenEnv: string
  /** Fallback when that token lacks a scope; prints a token on its standard output. */
  readonly tokenCommand?: readonly string[] | undefined
  /** Login the gate's comments are expected from; learned from the first created comment if absent. */
  readonly author?: string | undefined
  /** Longest time one request may take. */
  readonly timeoutMs: number
  /** Longest time that the gate waits in total for rate limits to pass. */
  readonly longestWaitMs: number
}

/** An issue that a gate may comment on, and the one change of its state that it may make, if any. */
export interface IssueTarget {
  /** Name of its repository in {@link GitHubSettings.repositories}. */
  readonly repository: string
  readonly mayBecome: 'closed' | 'open' | null
}

/** What a gate may ever write on GitHub, by number of the issue. Nothing else leaves the process. */
export type IssueTargets = Readonly<Record<number, IssueTarget>>

/** The bodies of the two permitted changes of state, letter by letter. */
export const stateChanges = {
  closed: { state: 'closed', state_reason: 'completed' },
  open: { state: 'open' },
} as const
