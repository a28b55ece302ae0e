/** GitHub's things as the gate knows them: only what it uses, in its own words. Times are ISO 8601. */
export interface Issue {
  readonly number: number
  readonly title: string
  readonly state: 'open' | 'closed'
  readonly stateReason: string | null
  readonly locked: boolean
  readonly url: string
  /** API address of the repository the issue lives in now. */
  readonly repositoryUrl: string
  readonly closedAt: string | null
  readonly closedBy: string | null
  readonly updatedAt: string
}

export interface Comment {
  readonly id: number
  readonly body: string
  readonly url: string
  readonly author: string | null
  readonly createdAt: string
}

export interface TimelineEvent {
  readonly event: string
  readonly actor: string | null
  readonly at: string | null
  /** Commit that a `closed` event names; often absent. */
  readonly commit: string | null
  /** Pull request that a `cross-referenced` event comes from. */
  readonly pullRequest: {
    readonly repository: string | null
    readonly number: number
    readonly isMerged: boolean
  } | null
}

export interface ClosingPull {
  /** `owner/name` */
  readonly repository: string
  readonly number: number
  readonly isMerged: boolean
  readonly mergeCommit: string | null
}

export interface PullRequest {
  readonly number: number
  readonly title: string
  readonly state: 'open' | 'closed'
  readonly isMerged: boolean
  readonly mergedAt: string | null
  readonly mergeCommit: string | null
  readonly baseRef: string
}

export interface Commit {
  readonly sha: string
  readonly message: string
  readonly parents: readonly string[]
}

export interface Tag {
  readonly name: string
  readonly commit: string
}
