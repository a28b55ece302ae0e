import { z } from 'zod'
import type { World } from '../world/schema.ts'
import { type Call, Line, type LineOptions } from './line.ts'
import { closingPulls, whoAmI } from './questions.ts'
import * as shapes from './shapes.ts'
import { GitHubStop, gitHubStop } from './stop.ts'
import {
  type BlockerNumber,
  type IssueNumber,
  type RepositoryKey,
  isTarget,
  stateChanges,
  targets,
} from './targets.ts'
import type { Environment } from './token.ts'
import {
  toClosingPull,
  toComment,
  toCommit,
  toIssue,
  toPull,
  toTimelineEvent,
} from './translate.ts'
import type {
  ClosingPull,
  Comment,
  Commit,
  Issue,
  PullRequest,
  Tag,
  TimelineEvent,
} from './things.ts'

/**
 * GitHub as the gate may use it: reads, and the closed list of writes. octokit itself is out of reach;
 * whatever is asked for here passes the wall (`wall.ts`) before it leaves the process. All methods
 * throw {@link GitHubStop}.
 */
export interface GitHub {
  /** Whom GitHub takes the current token for; null where it tells nobody. Never cached. */
  login(): Promise<string | null>
  issue(number: IssueNumber): Promise<Issue>
  /** All events of an issue, oldest first. */
  timeline(number: IssueNumber): Promise<TimelineEvent[]>
  /** Pull requests that close the issue, merged ones included. */
  closingPullRequests(number: IssueNumber): Promise<ClosingPull[]>
  pullRequest(repository: RepositoryKey, number: number): Promise<PullRequest>
  commit(repository: RepositoryKey, sha: string): Promise<Commit>
  /** All comments of an issue, oldest first, over all pages. */
  comments(number: IssueNumber): Promise<Comment[]>
  /** The commit that a tag stands for, annotated tags peeled. */
  tag(repository: RepositoryKey, name: string): Promise<Tag>
  /** Creates a comment, without any retry. See {@link Line.write} for a refused token. */
  comment(number: IssueNumber, body: string): Promise<Comment>
  close(number: 41): Promise<Issue>
  /** Re-opens a blocker. Re-opening an open issue is an error: read its state first. */
  reopen(number: BlockerNumber): Promise<Issue>
  /** Any request by octokit's route, e.g. `GET /rate_limit`. The same wall applies. */
  request(route: string, values?: Readonly<Record<string, unknown>>): Promise<unknown>
}

/**
 * Opens the line to the GitHub of a world.
 *
 * @param world its `github` part says where, and which variable holds the token
 * @param env environment of the process; tokens are taken from it and nowhere else
 */
export function openGitHub(
  world: Pick<World, 'github'>,
  env: Environment = process.env,
  options: LineOptions = {},
): Promise<GitHub> {
  return Promise.resolve(new Client(world.github, env, options))
}

const pageSize = 100

class Client implements GitHub {
  readonly #repositories: World['github']['repositories']
  /** Where each issue is written to: the configured repository, until GitHub says it has moved. */
  readonly #homes: Record<IssueNumber, string>
  readonly #line: Line
  /** Issues whose home GitHub has confirmed. */
  readonly #found = new Set<IssueNumber>()

  constructor(github: World['github'], env: Environment, options: LineOptions) {
    const { cli, e2e } = github.repositories
    this.#repositories = github.repositories
    this.#homes = { 41: e2e, 1038: cli, 1141: cli, 1182: cli }
    this.#line = new Line(github, env, { apiUrl: github.apiUrl, homes: this.#homes }, options)
  }

  async login(): Promise<string | null> {
    try {
      return (await this.#line.read({ route: 'GET /user', values: {} }, shapes.userShape)).login
    } catch (error) {
      if (!(error instanceof GitHubStop) || error.kind !== 'forbidden') throw error
    }
    // An app's token (GitHub Actions) may not read /user; GraphQL does name it.
    const answer = await this.#ask(whoAmI, {}, shapes.viewerShape)
    return answer.data?.viewer.login ?? null
  }

  async issue(number: IssueNumber): Promise<Issue> {
    const call = {
      route: 'GET /repos/{owner}/{repo}/issues/{issue_number}',
      values: this.#on(number),
    }
    const answer = await this.#line.read(call, shapes.issueShape)
    if (answer.number !== number) throw transferred(number, answer.html_url)
    this.#homes[number] = homeOf(answer) ?? this.#homes[number]
    this.#found.add(number)
    return toIssue(answer)
  }

  async timeline(number: IssueNumber): Promise<TimelineEvent[]> {
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/timeline'
    const answers = await this.#pages({ route, values: this.#on(number) }, shapes.timelineShape)
    return answers.map(toTimelineEvent)
  }

  async closingPullRequests(number: IssueNumber): Promise<ClosingPull[]> {
    const [owner = '', name = ''] = this.#homes[number].split('/')
    const variables = { owner, name, number }
    const { data, errors = [] } = await this.#ask(closingPulls, variables, shapes.closingPullsShape)
    const issue = data?.repository?.issue
    if (issue === undefined || issue === null) {
      const what = errors[0]?.message ?? `GitHub knows no issue ${number}`
      throw gitHubStop('not-found', { what, where: `POST /graphql, issue ${number}` })
    }
    return issue.closedByPullRequestsReferences.nodes.map(toClosingPull)
  }

  async pullRequest(repository: RepositoryKey, number: number): Promise<PullRequest> {
    const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}'
    const values = { ...this.#in(repository), pull_number: number }
    return toPull(await this.#line.read({ route, values }, shapes.pullShape))
  }

  async commit(repository: RepositoryKey, sha: string): Promise<Commit> {
    const route = 'GET /repos/{owner}/{repo}/commits/{ref}'
    const values = { ...this.#in(repository), ref: sha }
    return toCommit(await this.#line.read({ route, values }, shapes.commitShape))
  }

  async comments(number: IssueNumber): Promise<Comment[]> {
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments'
    const call = { route, values: this.#on(number) }
    const answers = await this.#pages(call, z.array(shapes.commentShape))
    return answers.map(toComment).sort((a, b) => a.id - b.id)
  }

  async tag(repository: RepositoryKey, name: string): Promise<Tag> {
    const values = { ...this.#in(repository), ref: `tags/${name}` }
    const route = 'GET /repos/{owner}/{repo}/git/ref/{ref}'
    let { object } = await this.#line.read({ route, values }, shapes.refShape)
    while (object.type === 'tag') {
      const inner = { ...this.#in(repository), tag_sha: object.sha }
      const call = { route: 'GET /repos/{owner}/{repo}/git/tags/{tag_sha}', values: inner }
      object = (await this.#line.read(call, shapes.refShape)).object
    }
    return { name, commit: object.sha }
  }

  async comment(number: IssueNumber, body: string): Promise<Comment> {
    const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments'
    const call = { route, values: { ...(await this.#at(number)), body } }
    return toComment(await this.#line.write(call, shapes.commentShape))
  }

  async close(number: 41): Promise<Issue> {
    return this.#become(number, 'closed')
  }

  async reopen(number: BlockerNumber): Promise<Issue> {
    return this.#become(number, 'open')
  }

  async request(route: string, values: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    // octokit takes a transport of the caller's under this name: that would be a door in the wall.
    const safe = Object.fromEntries(Object.entries(values).filter(([name]) => name !== 'request'))
    return this.#line.write({ route, values: safe }, z.unknown())
  }

  /** The wall would refuse it as well; here it is refused before the issue is even read. */
  async #become(number: IssueNumber, state: Issue['state']): Promise<Issue> {
    if (!isTarget(number) || targets[number].mayBecome !== state) {
      const what = `the gate never makes issue ${String(number)} ${state}`
      throw gitHubStop('write-refused', { what, where: `issue ${String(number)}` })
    }
    const route = 'PATCH /repos/{owner}/{repo}/issues/{issue_number}'
    const call = { route, values: { ...(await this.#at(number)), ...stateChanges[state] } }
    return toIssue(await this.#line.write(call, shapes.issueShape))
  }

  /**
   * Every page, as the `link` header leads: GitHub may leave entries out of a page, so a page that is
   * not full need not be the last one. Only where there is no such header does fullness decide.
   */
  async #pages<Item extends z.ZodType>(
    call: Call,
    shape: z.ZodArray<Item>,
  ): Promise<z.infer<Item>[]> {
    const all: z.infer<Item>[] = []
    for (let page = 1; ; page++) {
      const values = { ...call.values, per_page: pageSize, page }
      const { data, hasNext } = await this.#line.readPage({ route: call.route, values }, shape)
      all.push(...data)
      if (!(hasNext ?? data.length === pageSize)) return all
    }
  }

  async #ask<Shape extends z.ZodType>(
    query: string,
    variables: Readonly<Record<string, unknown>>,
    shape: Shape,
  ): Promise<z.infer<Shape>> {
    return this.#line.read({ route: 'POST /graphql', values: { query, variables } }, shape)
  }

  /** Where to write to: a transferred repository redirects reads only, so one read goes before. */
  async #at(number: IssueNumber): Promise<Record<string, unknown>> {
    const configured = this.#on(number)
    if (this.#found.has(number)) return configured
    await this.issue(number)
    return this.#on(number)
  }

  #on(number: IssueNumber): Record<string, unknown> {
    if (!isTarget(number)) {
      const what = `issue ${String(number)} is none of the four that the gate knows`
      throw gitHubStop('write-refused', { what, where: `issue ${String(number)}` })
    }
    const [owner, repo] = this.#homes[number].split('/')
    return { owner, repo, issue_number: number }
  }

  #in(repository: RepositoryKey): Record<string, unknown> {
    const [owner, repo] = this.#repositories[repository].split('/')
    return { owner, repo }
  }
}

/** An issue that was transferred alone has another number now, and is none of those the gate knows. */
function transferred(number: IssueNumber, url: string): Error {
  const what = `issue ${number} was transferred to another repository: it is ${url} now`
  return gitHubStop('transferred', { what, where: `issue ${number}` })
}

/** `owner/name` that GitHub gives for an issue. */
function homeOf(answer: shapes.IssueAnswer): string | null {
  return /\/repos\/([^/]+\/[^/]+)$/.exec(answer.repository_url)?.[1] ?? null
}
