import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from '../base/problem.ts'
import type { LogFields } from '../base/log.ts'
import { authenticate, type Caller, type Scope } from '../tenants/tokens.ts'
import type { Hub } from './hub.ts'

/** One request on its way. */
export interface Call {
  readonly hub: Hub
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly query: URLSearchParams
  /** Parts of the path that the route left open. */
  readonly params: readonly string[]
  /** What the log line of this request says in addition; identifiers and counts only. */
  readonly noted: Record<string, LogFields[string]>
}

/**
 * Who asks, if their token allows it and its rate is not exceeded.
 * @throws {Problem} `unauthenticated`, `scope-missing`, `rate-limited`
 */
export async function callerOf(call: Call, scope: Scope): Promise<Caller> {
  const { hub } = call
  const caller = await allowed(call, scope)
  const wait = hub.rateLimit.secondsToWait(caller.tokenId, caller.requestsPerSecond)
  if (wait === 0) return caller
  hub.metrics.add('rate_limited_total')
  throw new Problem('rate-limited', {
    detail: `the token may send ${caller.requestsPerSecond} requests a second`,
    next: `send it again in ${wait} s; nothing is lost`,
    retryAfterSeconds: wait,
  })
}

/**
 * Looks again at who asks, in the middle of a long answer: it does not count as a request, and a database that is
 * away for a moment takes nobody's right.
 * @throws {Problem} `unauthenticated`, `scope-missing`
 */
export async function assertStillAllowed(call: Call, scope: Scope): Promise<void> {
  try {
    await allowed(call, scope)
  } catch (cause) {
    if (cause instanceof Problem) throw cause
  }
}

async function allowed({ hub, request, noted }: Call, scope: Scope): Promise<Caller> {
  const [, secret] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  const caller = secret === undefined ? undefined : await authenticate(hub.database, secret)
  if (caller === undefined) throw unauthenticated(secret !== undefined)
  noted['tenant'] = caller.tenant
  noted['token_id'] = caller.tokenId
  if (caller.scopes.has(scope)) return caller
  throw new Problem('scope-missing', {
    detail: `the token does not have the scope "${scope}"`,
    next: `ask the operator of the hub for a token with the scope ${scope}`,
  })
}

function unauthenticated(hasToken: boolean): Problem {
  return new Problem('unauthenticated', {
    detail: hasToken
      ? 'the token is unknown, expired or revoked'
      : 'the request has no token: authorization: Bearer skh_…',
    next: 'set authorization in [event_sync.external_headers] of config.toml to a token of this hub',
  })
}

export interface Answer {
  readonly status?: number
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer that is not taken in this time is given up: a page of 8 MB with 70 kB a second. */
const LONGEST_ANSWER_MS = 120_000

/** Answers above this are counted: only they make many readers that do not read a danger. */
const SMALL_BYTES = 65_536

/** Sends a complete answer. @throws {Problem} `overloaded` while too much waits for its readers */
export function send(call: Call, body: string | Buffer, answer: Answer = {}): void {
  const { response, hub } = call
  const { status = 200, type = 'application/json', headers = {} } = answer
  const bytes = Buffer.byteLength(body)
  if (bytes > SMALL_BYTES) untilTaken(response, hub.budget.answers.take(bytes))
  response.writeHead(status, {
    'content-type': type,
    'content-length': bytes,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(call.request.method === 'HEAD' ? undefined : body)
}

function untilTaken(response: ServerResponse, giveBack: () => void): void {
  if (response.closed) {
    giveBack()
    return
  }
  const timer = setTimeout(() => response.destroy(), LONGEST_ANSWER_MS)
  response.once('close', () => {
    clearTimeout(timer)
    giveBack()
  })
}

export function sendJson(call: Call, document: unknown, answer: Answer = {}): void {
  send(call, `${JSON.stringify(document)}\n`, answer)
}

/**
 * The query parameters that this address knows, each at most once.
 * @throws {Problem} `bad-request`
 */
export function parameters<Name extends string>(
  { query }: Call,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {}
  for (const [name, value] of query) {
    const known = names.find((one) => one === name)
    if (known === undefined) throw badQuery(`this address does not take the parameter`, name)
    if (found[known] !== undefined) throw badQuery('the parameter appears twice', name)
    if (value.includes('\0') || value.length > 500) throw badQuery('the value is not valid', name)
    found[known] = value
  }
  return found
}

export function badQuery(detail: string, name: string): Problem {
  return new Problem('bad-request', {
    detail: `${detail}: ${name.slice(0, 40)}`,
    next: 'correct the query of the address (docs/hub.md)',
  })
}
