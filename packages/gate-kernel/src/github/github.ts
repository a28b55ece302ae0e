import type { OwnText } from './external-write.ts'
import type { GitHubStop } from './stop.ts'
import type {
  ClosingPull,
  Comment,
  Commit,
  Issue,
  PullRequest,
  Tag,
  TimelineEvent,
} from './types.ts'

/**
 * GitHub as the gate may use it: reads, and the closed list of writes. octokit itself is out of reach;
 * whatever is asked for here passes the allow-list (`allow-list.ts`) before it leaves the process. All methods
 * throw {@link GitHubStop}.
 */
export interface GitHub {
  /** Whom GitHub takes the current token for; null where it tells nobody. Asked once a token. */
  login(): Promise<string | null>
  issue(number: number): Promise<Issue>
  /** All events of an issue, oldest first. */
  timeline(number: number): Promise<TimelineEvent[]>
  /** Pull requests that close the issue, merged ones included. */
  closingPullRequests(number: number): Promise<ClosingPull[]>
  pullRequest(repository: string, number: number): Promise<PullRequest>
  commit(repository: string, sha: string): Promise<Commit>
  /** All comments of an issue, oldest first, over all pages. */
  comments(number: number): Promise<Comment[]>
  /** The commit that a tag stands for, annotated tags peeled. */
  tag(repository: string, name: string): Promise<Tag>
  /** Creates a comment, without any retry. See `HttpClient.write` for a refused token. */
  comment(number: number, body: string): Promise<Comment>
  /**
   * Takes back a comment that this run made itself: what is there is read first and must be, to the
   * letter, what this run wrote, by one of its own logins. A comment that is gone already is no error.
   */
  takeBack(number: number, id: number, own: OwnText): Promise<void>
  /** Waits for a rate limit to pass; false where that takes too long, or the stop is another one. */
  awaitLimit(stop: GitHubStop): Promise<boolean>
  /** Closes an issue as completed, where the gate's definition allows it. */
  close(number: number): Promise<Issue>
  /** Re-opens an issue, where the definition allows it. Re-opening an open issue is an error: read its state first. */
  reopen(number: number): Promise<Issue>
  /** Any request by octokit's route, e.g. `GET /rate_limit`. The same allow-list applies. */
  request(route: string, values?: Readonly<Record<string, unknown>>): Promise<unknown>
}
