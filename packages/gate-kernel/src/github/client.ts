import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { homeOf, ifGone, refuseErrors, requireAbout, sameText, transferred } from './answers.ts'
import type { ExternalWrite, GitHubOptions, OwnText } from './external-write.ts'
import type { GitHub } from './github.ts'
import { type Issues, issueHomes, type Target } from './issue-homes.ts'
import { type Call, HttpClient } from './http-client.ts'
import { readCommit, readTag } from './git-objects.ts'
import { closingPulls, whoAmI } from './queries.ts'
import * as schemas from './schemas.ts'
import { GitHubStop, gitHubStop, type StopKind } from './stop.ts'
import { type GitHubSettings, type IssueTargets, stateChanges } from './targets.ts'
import type { Environment } from './token.ts'
import { toClosingPull, toComment, toIssue, toPull, toTimelineEvent } from './mappers.ts'
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
 * Opens the client for the GitHub of a world.
 *
 * @param settings where GitHub is, and which variable holds the token
 * @param targets the closed list of what may be written
 * @param env environment of the process; tokens are taken from it and nowhere else
 */
export function openGitHub(
  settings: GitHubSettings,
  targets: IssueTargets,
  env: Environment = process.env,
  options: GitHubOptions = {},
): Promise<GitHub> {
  return Promise.resolve(new Client(settings, targets, env, options))
}

/** GitHub does not say whose the token is. */
const unnamed: ReadonlySet<StopKind> = new Set<StopKind>(['no-graphql', 'forbidden'])

const pageSize = 100
/** Of an issue with a hundred comments a day, a year. */
const mostPages = 400

const endless = ({ route }: Call): Error =>
  gitHubStop('unreadable', { what: `a list has more than ${mostPages} pages`, where: route })

class Client implements GitHub {
  readonly #targets: IssueTargets
  readonly #issues: Issues
  readonly #http: HttpClient
  readonly #record: (write: ExternalWrite) => Promise<void>
  /** Comments that may be taken back; see the allow-list. */
  readonly #ownComments = new Map<number, number>()
  #login: { readonly of: number; readonly login: string | null } | undefined

  constructor(
    settings: GitHubSettings,
    targets: IssueTargets,
    env: Environment,
    options: GitHubOptions,
  ) {
    this.#record = options.record ?? (() => Promise.resolve())
    this.#targets = targets
    this.#issues = issueHomes(settings, targets)
    const { apiUrl } = settings
    const allowed = { apiUrl, targets, homes: this.#issues.homes, ownComments: this.#ownComments }
    this.#http = new HttpClient(settings, env, allowed, options)
  }

  async login(): Promise<string | null> {
    if (this.#login?.of === this.#http.tokens) return this.#login.login
    const login = await this.#askLogin()
    this.#login = { of: this.#http.tokens, login }
    return login
  }

  async #askLogin(): Promise<string | null> {
    try {
      return (await this.#http.read({ route: 'GET /user', values: {} }, schemas.userSchema)).login
    } catch (error) {
      if (!(error instanceof GitHubStop) || error.kind !== 'forbidden') throw error
    }
    // An app's token (GitHub Actions) may not read /user; GraphQL does name it.
    try {
      return (await this.#ask(whoAmI, {}, schemas.viewerSchema)).data?.viewer.login ?? null
    } catch (error) {
      const isUnknown = error instanceof GitHubStop && unnamed.has(error.kind)
      if (isUnknown) return null
      throw error
    }
  }

  async issue(number: number): Promise<Issue> {
    const call = {
      route: 'GET /repos/{owner}/{repo}/issues/{issue_number}',
      values: this.#issues.on(number),
    }
    const { data: answer, isLedOn } = await this.#http.readPage(call, schemas.issueSchema)
    if (answer.number !== number) throw transferred(number, answer.html_url)
    this.#issues.settle(number, homeOf(answer), isLedOn)
    return toIssue(answer)
  }

  async timeline(number: number): Promise<TimelineEvent[]> {
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/timeline'
    const answers = await this.#pages(
      { route, values: this.#issues.on(number) },
      schemas.timelineSchema,
    )
    return answers.map(toTimelineEvent)
  }

  async closingPullRequests(number: number): Promise<ClosingPull[]> {
    const [owner = '', name = ''] = this.#issues.home(number).split('/')
    const variables = { owner, name, number }
    const { data } = await this.#ask(closingPulls, variables, schemas.closingPullsSchema)
    const issue = data?.repository?.issue
    if (issue === undefined || issue === null) {
      const what = `GitHub knows no issue ${number}`
      throw gitHubStop('not-found', { what, where: `POST /graphql, issue ${number}` })
    }
    requireAbout('issue', number, issue.number)
    // A pull request of a repository that this token may not see has no node.
    const visible = issue.closedByPullRequestsReferences.nodes.filter((node) => node !== null)
    return visible.map(toClosingPull)
  }

  async pullRequest(repository: string, number: number): Promise<PullRequest> {
    const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}'
    const values = { ...this.#issues.inRepository(repository), pull_number: number }
    const isIt = (answer: { number: number }): void =>
      requireAbout('pull request', number, answer.number)
    return toPull(await this.#http.read({ route, values }, schemas.pullSchema, isIt))
  }

  commit(repository: string, sha: string): Promise<Commit> {
    return readCommit(this.#http, this.#issues.inRepository(repository), sha)
  }

  async comments(number: number): Promise<Comment[]> {
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments'
    const call = { route, values: this.#issues.on(number) }
    const answers = await this.#pages(call, z.array(schemas.commentSchema))
    // A comment that moves to the next page while the pages are read is on both, and still one comment.
    const once = new Map(answers.map((answer) => [answer.id, toComment(answer)]))
    return [...once.values()].sort((a, b) => a.id - b.id)
  }

  tag(repository: string, name: string): Promise<Tag> {
    return readTag(this.#http, this.#issues.inRepository(repository), name)
  }

  async comment(number: number, body: string): Promise<Comment> {
    const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments'
    const call = { route, values: { ...(await this.#at(number)), body } }
    const write = { what: 'comment', issue: number, text: body, url: null } as const
    return this.#recorded(write, async () => {
      return toComment(await this.#http.write(call, schemas.commentSchema))
    })
  }

  /** Tells the record before the request leaves, and again what came of it. */
  async #recorded<Answer extends { readonly url: string }>(
    write: Pick<ExternalWrite, 'what' | 'issue' | 'text' | 'url'>,
    send: () => Promise<Answer>,
  ): Promise<Answer> {
    const id = randomUUID()
    const tell = async (outcome: ExternalWrite['outcome'], url = write.url): Promise<void> =>
      this.#record({ ...write, id, url, outcome, at: new Date().toISOString() })
    await tell('sent')
    try {
      const answer = await send()
      await tell('confirmed', answer.url)
      return answer
    } catch (error) {
      const isUnsent = error instanceof GitHubStop && error.effect === 'none'
      await tell(isUnsent ? 'not-sent' : 'unknown')
      throw error
    }
  }

  async takeBack(number: number, id: number, own: OwnText): Promise<void> {
    const { owner, repo } = await this.#at(number)
    const values = { owner, repo, comment_id: id }
    const read = { route: 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}', values }
    const found = await this.#http.read(read, schemas.commentSchema).catch(ifGone)
    if (found === null) return
    requireAbout('comment', id, found.id)
    const { body, author } = toComment(found)
    const isOwn = author !== null && own.authors.has(author) && sameText(body, own.body)
    if (!isOwn) {
      const what = `comment ${id} is not, to the letter, what this run wrote: it is left alone`
      throw gitHubStop('write-refused', { what, where: found.html_url })
    }
    this.#ownComments.set(id, number)
    try {
      const route = 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}'
      const write = { what: 'take-back', issue: number, text: body, url: found.html_url } as const
      await this.#recorded(write, async () => {
        await this.#http.write({ route, values }, z.unknown()).catch(ifGone)
        return { url: found.html_url }
      })
    } finally {
      this.#ownComments.delete(id)
    }
  }

  awaitLimit(stop: GitHubStop): Promise<boolean> {
    return this.#http.awaitLimit(stop)
  }

  async close(number: number): Promise<Issue> {
    return this.#become(number, 'closed')
  }

  async reopen(number: number): Promise<Issue> {
    return this.#become(number, 'open')
  }

  async request(route: string, values: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    // octokit takes a transport of the caller's under this name: that would be a way around the allow-list.
    const safe = Object.fromEntries(Object.entries(values).filter(([name]) => name !== 'request'))
    return this.#http.write({ route, values: safe }, z.unknown())
  }

  /** The allow-list would refuse it as well; here it is refused before the issue is even read. */
  async #become(number: number, state: Issue['state']): Promise<Issue> {
    if (this.#targets[number]?.mayBecome !== state) {
      const what = `the gate never makes issue ${number} ${state}`
      throw gitHubStop('write-refused', { what, where: `issue ${number}` })
    }
    const route = 'PATCH /repos/{owner}/{repo}/issues/{issue_number}'
    const call = { route, values: { ...(await this.#at(number)), ...stateChanges[state] } }
    const what = state === 'closed' ? 'close' : 'reopen'
    return this.#recorded({ what, issue: number, text: null, url: null }, async () => {
      return toIssue(await this.#http.write(call, schemas.issueSchema))
    })
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
      if (page > mostPages) throw endless(call)
      const values = { ...call.values, per_page: pageSize, page }
      const { data, hasNext } = await this.#http.readPage({ route: call.route, values }, shape)
      all.push(...data)
      if (!(hasNext ?? data.length === pageSize)) return all
    }
  }

  async #ask<Shape extends z.ZodType<schemas.GraphQLAnswer>>(
    query: string,
    variables: Readonly<Record<string, unknown>>,
    shape: Shape,
  ): Promise<z.infer<Shape>> {
    const call = { route: this.#http.graphql, values: { query, variables } }
    try {
      return await this.#http.read(call, shape, (answer) => {
        refuseErrors(answer, call.route)
      })
    } catch (error) {
      if (!(error instanceof GitHubStop) || error.kind !== 'not-found') throw error
      throw gitHubStop('no-graphql', { what: 'this GitHub has no GraphQL', where: call.route })
    }
  }

  /** Where to write to: a transferred repository redirects reads only, so one read goes before. */
  async #at(number: number): Promise<Target> {
    const configured = this.#issues.on(number)
    if (this.#issues.isConfirmed(number)) return configured
    await this.issue(number)
    return this.#issues.on(number)
  }
}
