import { setTimeout as pause } from 'node:timers/promises'
import type { ResponseHeaders } from '@octokit/types'
import type { Octokit } from 'octokit'
import type { z } from 'zod'
import { classify } from './classify.ts'
import { nextPageOf } from './next-page.ts'
import { GitHubStop, gitHubStop, mayPass } from './stop.ts'
import type { GitHubSettings } from './targets.ts'
import { type Environment, tokenFrom, tokenOfCommand } from './token.ts'
import { type Fetch, guardedFetch, ledOn } from './transport.ts'
import { graphqlUrl, type AllowList } from './allow-list.ts'

export interface HttpClientOptions {
  /** Puts another transport behind the allow-list; the gate unplugs it to attempt what is forbidden. */
  readonly fetch?: Fetch
  /** Waiting times before a read is tried again, in milliseconds; as many retries as entries. */
  readonly retryDelaysMs?: readonly number[]
}

/** A request in octokit's words: `GET /repos/{owner}/{repo}/issues/{issue_number}` and its values. */
export interface Call {
  readonly route: string
  readonly values: Readonly<Record<string, unknown>>
}

type Octo = InstanceType<typeof Octokit>

/**
 * The one line to GitHub. octokit's own retries and throttling are off: they repeat writes that may
 * have been stored, and wait without bound. Here a read is repeated a few times, a write never; reads
 * wait for a rate limit to pass, in total never longer than `github.longestWaitMs`.
 */
export class HttpClient {
  readonly #world: GitHubSettings
  readonly #env: Environment
  readonly #fetch: Fetch
  readonly #retryDelaysMs: readonly number[]
  /** Loaded with the first request: most requirements never ask GitHub anything. */
  #octokit: Promise<Octo> | undefined
  #token: string | undefined
  #waitedMs = 0
  #isSwitched = false
  /** Grows when another token is used: what was learned about the first one no longer holds. */
  tokens = 0

  constructor(
    world: GitHubSettings,
    env: Environment,
    allowList: AllowList,
    options: HttpClientOptions,
  ) {
    this.#world = world
    this.#env = env
    this.#fetch = guardedFetch(allowList, world.timeoutMs, options.fetch ?? globalThis.fetch)
    this.#retryDelaysMs = options.retryDelaysMs ?? [250, 1000, 3000]
    this.#token = tokenFrom(world, env)
  }

  /** Asks and checks the answer's form. Repeats itself on failures that a second try may cure. */
  async read<Shape extends z.ZodType>(
    call: Call,
    shape: Shape,
    refuse?: (data: z.infer<Shape>) => void,
  ): Promise<z.infer<Shape>> {
    return (await this.readPage(call, shape, refuse)).data
  }

  /**
   * As {@link HttpClient.read}, with what the `link` header says about pages (undefined without one), and
   * whether the read was led on to another path of the interface.
   *
   * @param refuse throws a {@link GitHubStop} where the answer says of itself that it is none
   */
  async readPage<Shape extends z.ZodType>(
    call: Call,
    shape: Shape,
    refuse: (data: z.infer<Shape>) => void = () => undefined,
  ): Promise<{
    readonly data: z.infer<Shape>
    readonly hasNext: boolean | undefined
    readonly isLedOn: boolean
  }> {
    for (let attempt = 0; ; attempt++) {
      try {
        const { data: answer, headers } = await this.#send(call, true)
        const hasNext = nextPageOf(headers.link)
        if (hasNext === 'unreadable') throw unlinked(call)
        const data = parsed(shape, answer, call)
        refuse(data)
        return { data, hasNext, isLedOn: headers[ledOn] === 'yes' }
      } catch (error) {
        const delayMs = this.#retryDelaysMs[attempt]
        if (!(error instanceof GitHubStop)) throw error
        if (error.kind === 'token-switched') continue
        if (await this.awaitLimit(error)) continue
        if (!mayPass(error) || delayMs === undefined) throw error
        await pause(delayMs)
      }
    }
  }

  /**
   * Sends a write once. Throws a {@link GitHubStop} whose `effect` says whether it may have happened,
   * or `token-switched` when GitHub refused the token and the line now speaks with the fallback: the
   * caller looks again first, because what it writes will have another author.
   */
  async write<Shape extends z.ZodType>(call: Call, shape: Shape): Promise<z.infer<Shape>> {
    return parsed(shape, (await this.#send(call, false)).data, call)
  }

  /**
   * Waits for a limit to pass, if what is left of `github.longestWaitMs` allows it.
   *
   * @returns false where it would take too long, or the stop is not a limit; then nothing was waited
   */
  async awaitLimit(stop: GitHubStop): Promise<boolean> {
    if (stop.kind !== 'rate-limited') return false
    // A limit that "ends now" is given one more second, so that it is not met again at once.
    const delayMs = Math.max(stop.retryAfterMs ?? 0, 1000)
    if (this.#waitedMs + delayMs > this.#world.longestWaitMs) return false
    this.#waitedMs += delayMs
    await pause(delayMs)
    return true
  }

  /** GraphQL is not below the REST interface on every server, so its address is whole. */
  get graphql(): string {
    return `POST ${graphqlUrl(this.#world.apiUrl)}`
  }

  async #send(
    call: Call,
    isRead: boolean,
  ): Promise<{ readonly data: unknown; readonly headers: ResponseHeaders }> {
    for (;;) {
      try {
        this.#octokit ??= this.#speakingAs(this.#token)
        const response = await (await this.#octokit).request(call.route, { ...call.values })
        requireAnswer(response.status, isRead, call)
        return response
      } catch (error) {
        const stop = classify(error, whereOf(call), Date.now(), this.#token)
        if (!(stop instanceof GitHubStop)) throw stop
        if (isRead && (await this.awaitLimit(stop))) continue
        if (await this.#isTokenSwitched(stop)) throw switched(call)
        throw stop
      }
    }
  }

  /** Falls back to the token of `github.tokenCommand`, once in the life of this line. */
  async #isTokenSwitched({ kind }: GitHubStop): Promise<boolean> {
    if (this.#isSwitched || (kind !== 'unauthorized' && kind !== 'forbidden')) return false
    this.#isSwitched = true
    const token = await tokenOfCommand(this.#world, this.#env)
    if (token === undefined || token === tokenFrom(this.#world, this.#env)) return false
    this.#token = token
    this.#octokit = undefined
    this.tokens++
    return true
  }

  async #speakingAs(auth: string | undefined): Promise<Octo> {
    const { Octokit } = await import('octokit')
    const silent = (): void => undefined
    return new Octokit({
      ...(auth === undefined ? {} : { auth }),
      baseUrl: this.#world.apiUrl.replace(/\/+$/, ''),
      userAgent: 'canary-gate',
      request: { fetch: this.#fetch },
      retry: { enabled: false },
      throttle: { enabled: false },
      log: { debug: silent, info: silent, warn: silent, error: silent },
    })
  }
}

/** Any other success says that this is not the answer (yet), not all of it, or not GitHub's own. */
function requireAnswer(status: number, isRead: boolean, call: Call): void {
  const where = whereOf(call)
  if (status >= 300) {
    const what = `GitHub answered ${status}: the resource lives elsewhere now`
    throw gitHubStop('moved', { what, where })
  }
  if (!isRead || status === 200) return
  const what = `GitHub answered ${status}, where only 200 is the answer to a read`
  throw gitHubStop('unreadable', { what, where })
}

function unlinked(call: Call): GitHubStop {
  const what = 'the answer has a link header that names no relation, so nobody knows what follows'
  return gitHubStop('unreadable', { what, where: whereOf(call) })
}

function parsed<Shape extends z.ZodType>(
  shape: Shape,
  answer: unknown,
  call: Call,
): z.infer<Shape> {
  const result = shape.safeParse(answer)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const what = `the answer is not what GitHub documents: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`
  throw gitHubStop('unreadable', { what, where: whereOf(call) })
}

const switched = (call: Call): GitHubStop =>
  gitHubStop('token-switched', {
    what: 'GitHub refused the first token; the one of github.tokenCommand is used from here on',
    where: whereOf(call),
  })

/** Method and path with the values filled in, as an operator knows them from GitHub's pages. */
function whereOf({ route, values }: Call): string {
  return route.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : placeholder
  })
}
