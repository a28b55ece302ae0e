import { randomBytes } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { PublicOwner } from '../context/owner.ts'
import { PROMETHEUS_TYPE } from './metrics.ts'
import { isSigned, sign } from './proof.ts'

export const PROTOCOL_VERSION = 1

export interface DaemonState {
  readonly running: boolean
  readonly last_sync: string | null
  readonly consecutive_failures: number
  /** It cannot write about itself; its deliveries go on as long as the reserve lasts. */
  readonly disk_full: boolean
}

/** The figures of a daemon in the two forms that collectors read. */
export interface Metrics {
  readonly text: string
  readonly otlp: object
}

export interface EndpointHooks {
  readonly token: string
  readonly owner: () => PublicOwner
  readonly state: () => DaemonState
  readonly metrics: () => Metrics
  readonly onTrigger: () => void
  readonly onShutdown: () => void
}

/** A challenge is good for one answer within this time. */
const CHALLENGE_MS = 30_000
const MOST_CHALLENGES = 100

/** What a stranger gets in place of the login: another user of this machine may ask, too. */
const UNTOLD = { auth_principal: null, auth_team: null, auth_scope: null } as const

/**
 * The daemon's address on this machine. Health tells everything but the token, to a caller that proves
 * to know the token; any other program of this machine is not told whose login it is. Whoever wants to
 * be sure sends a nonce and checks the proof. Orders (`trigger`, `shutdown`) need a proof in return
 * (BOUNDARY/FR-006).
 */
export class Endpoint {
  readonly #hooks: EndpointHooks
  readonly #server: Server
  readonly #challenges = new Map<string, number>()

  constructor(hooks: EndpointHooks) {
    this.#hooks = hooks
    // Loaded by a daemon only: every other command starts a third faster without it.
    const { createServer } = process.getBuiltinModule('node:http')
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  /** Listens on a free port of the loopback address and returns it. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    // A page in a browser may have its name resolved to this address; it would send that name.
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')) {
      reply(response, 421, { error: 'not_this_host' })
      return
    }
    // Any program on this machine may ask for anything; what is no address at all is not found either.
    const url = URL.parse(request.url ?? '/', 'http://127.0.0.1')
    const route = `${request.method ?? 'GET'} ${url?.pathname ?? ''}`
    switch (route) {
      case 'GET /api/health':
        reply(response, 200, this.#health(request, url?.searchParams.get('nonce') ?? null))
        return
      case 'GET /metrics':
      case 'GET /metrics/otlp':
        this.#metrics(response, route.endsWith('otlp'))
        return
      case 'GET /api/challenge':
        reply(response, 200, { nonce: this.#challenge() })
        return
      case 'POST /api/sync/trigger':
        this.#order(request, response, 'trigger')
        return
      case 'POST /api/shutdown':
        this.#order(request, response, 'shutdown')
        return
    }
    reply(response, 404, { error: 'not_found' })
  }

  /** A journal that cannot be read at this moment does not end the daemon. */
  #metrics(response: ServerResponse, isOtlp: boolean): void {
    try {
      const { text, otlp } = this.#hooks.metrics()
      if (isOtlp) reply(response, 200, otlp)
      else
        response.writeHead(200, { 'content-type': PROMETHEUS_TYPE, connection: 'close' }).end(text)
    } catch {
      reply(response, 503, { error: 'journal_unreadable' })
    }
  }

  #health(request: IncomingMessage, nonce: string | null): object {
    const { state, token } = this.#hooks
    const owner = this.#hooks.owner()
    return {
      status: 'ok',
      daemon_family: 'sync',
      protocol_version: PROTOCOL_VERSION,
      package_version: owner.package_version,
      sync: state(),
      // Not the purpose of the proof below: a caller could have this daemon sign its own challenge.
      owner: this.#isProven(request, 'owner') ? owner : { ...owner, ...UNTOLD },
      proof: nonce === null ? null : sign(token, 'health', nonce),
    }
  }

  #challenge(): string {
    const nonce = randomBytes(16).toString('hex')
    if (this.#challenges.size >= MOST_CHALLENGES) this.#challenges.clear()
    this.#challenges.set(nonce, Date.now() + CHALLENGE_MS)
    return nonce
  }

  /** Whether the caller signed a number that it got from here; each number is good for one answer. */
  #isProven(request: IncomingMessage, purpose: string): boolean {
    const nonce = String(request.headers['x-spec-kitty-nonce'] ?? '')
    const proof = String(request.headers['x-spec-kitty-proof'] ?? '')
    const until = this.#challenges.get(nonce) ?? 0
    this.#challenges.delete(nonce)
    return until >= Date.now() && isSigned(this.#hooks.token, purpose, nonce, proof)
  }

  #order(
    request: IncomingMessage,
    response: ServerResponse,
    purpose: 'trigger' | 'shutdown',
  ): void {
    if (!this.#isProven(request, purpose)) {
      reply(response, 403, { error: 'invalid_token' })
      return
    }
    reply(response, 202, { status: 'accepted' })
    if (purpose === 'trigger') this.#hooks.onTrigger()
    else this.#hooks.onShutdown()
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify(body))
}
