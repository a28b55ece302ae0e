import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { codeOf, HubError, messageOf } from '../base/errors.ts'
import { Problem } from '../base/problem.ts'
import { isDatabaseAway } from '../database/open.ts'
import { send, type Call } from './call.ts'
import type { Hub } from './hub.ts'
import { databaseAway } from './operating-routes.ts'
import { routeFor, unescaped } from './routes.ts'

/** A connection that sends nothing, or a byte a second, is closed; nobody needs that long. */
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 1_000,
} as const

/** Headers that decide about a request; two of them could be read in two ways. */
const ONCE = [
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'idempotency-key',
  'transfer-encoding',
  'x-producer-epoch',
  'x-producer-id',
  'x-producer-instance',
]

/** @throws {HubError} `port-taken` */
export async function listen(hub: Hub, host: string, port: number): Promise<Server> {
  const take = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(hub, request, response)
  // What Node itself would refuse without a document goes the way of every request.
  const options = { maxHeaderSize: 16_384, noDelay: true, requireHostHeader: false }
  const server = createServer({ ...TIMEOUTS, ...options }, take)
  server.on('checkExpectation', take)
  // Told to go on once its body is about to be read: what is refused need not be sent.
  server.on('checkContinue', take)
  server.on('clientError', refuseUnreadable)
  server.on('connect', refuseTunnel)
  server.listen({ host, port, backlog: 4_096 })
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new HubError(
      {
        code: 'port-taken',
        what: `the hub cannot listen: ${messageOf(cause)}`,
        where: `${host}:${port}`,
        next: NEXT_TO_LISTEN[codeOf(cause)] ?? OTHER_PORT,
      },
      { cause },
    )
  }
  return server
}

const OTHER_PORT = 'choose another port with --port, or stop the program that uses it'
const OWN_ADDRESS = 'name an address of this machine with --host, for example 127.0.0.1'

const NEXT_TO_LISTEN: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: OWN_ADDRESS,
  ENOTFOUND: OWN_ADDRESS,
  EAI_AGAIN: OWN_ADDRESS,
  EINVAL: OWN_ADDRESS,
  EACCES: 'choose a port from 1024 on with --port',
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

/** What a client that thinks of a proxy sends before the path. */
const WHOLE_FORM = /^https?:\/\/[^/?#]*/i

async function answer(hub: Hub, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const began = performance.now()
  const noted: Call['noted'] = { request_id: randomUUID(), method: request.method }
  response.setHeader('x-request-id', String(noted['request_id']))
  response.on('error', () => undefined)
  hub.metrics.inFlight += 1
  const call: Call = {
    hub,
    request,
    response,
    path: '',
    query: new URLSearchParams(),
    params: [],
    noted,
  }
  try {
    assertReadable(hub, request)
    const [path = '', ...query] = (request.url ?? '/').replace(WHOLE_FORM, '').split('?')
    const { route, params } = routeFor(request.method ?? '', path)
    noted['route'] = route.path
    await route.handle({ ...call, path, params, query: queryOf(query.join('?')) })
  } catch (cause) {
    sendProblem(call, problemOf(hub, cause))
  } finally {
    hub.metrics.inFlight -= 1
    hub.metrics.add('requests_total', 1, `status="${response.statusCode}"`)
    hub.log.info('request', {
      ...noted,
      status: response.statusCode,
      ms: Math.round(performance.now() - began),
    })
  }
}

/** An escape that is not UTF-8 would be replaced without a word. @throws {Problem} `bad-request` */
function queryOf(text: string): URLSearchParams {
  unescaped(text, 'the query')
  return new URLSearchParams(text)
}

/** @throws {Problem} `stopping`, `bad-request`, `unsupported-media` */
function assertReadable(hub: Hub, request: IncomingMessage): void {
  if (hub.stopping.aborted)
    throw new Problem('stopping', {
      detail: 'this hub is stopping',
      next: 'send it again; another hub answers, or this one after its restart',
      retryAfterSeconds: 1,
    })
  const expectation = request.headers.expect?.toLowerCase() ?? '100-continue'
  if (request.headers.host === undefined && request.httpVersion !== '1.0')
    throw new Problem('bad-request', { detail: 'the request names no host', next: 'send one' })
  if (expectation !== '100-continue')
    throw new Problem('bad-request', {
      detail: 'the header expect asks for something that is not known here',
      next: 'leave it away',
    })
  if (!/^(chunked)?$/i.test(request.headers['transfer-encoding'] ?? ''))
    throw new Problem('unsupported-media', {
      detail: 'the transfer-encoding is not supported',
      next: 'send transfer-encoding: chunked, or a content-length',
    })
  const seen = new Set<string>()
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? '').toLowerCase()
    if (ONCE.includes(name) && seen.has(name))
      throw new Problem('bad-request', {
        detail: `the header ${name} appears twice`,
        next: 'send it once',
      })
    seen.add(name)
  }
}

function problemOf(hub: Hub, cause: unknown): Problem {
  if (cause instanceof Problem) return cause
  if (cause instanceof HubError)
    return new Problem('not-found', { detail: cause.message, next: cause.next }, { cause })
  if (isDatabaseAway(cause)) {
    hub.metrics.add('database_failures_total')
    return databaseAway()
  }
  // A message of the database may quote contents; its code and the place in this program do not.
  const stack = cause instanceof Error ? (cause.stack ?? '').split('\n') : []
  const place = stack.filter((line) => line.startsWith('    at')).slice(0, 6)
  const kind = cause instanceof Error ? cause.name : typeof cause
  hub.log.error('failure', { kind, code: codeOf(cause), place: place.join('') })
  return new Problem('internal', {
    detail: 'the hub failed to answer this request',
    next: 'send it again later; the log of the hub has the reason under x-request-id',
    retryAfterSeconds: 5,
  })
}

/** How long a body that nobody reads may still arrive, so that its sender can read the answer. */
const LINGER_MS = 2_000

function sendProblem(call: Call, { status, document, details }: Problem): void {
  const { request, response } = call
  if (response.headersSent || response.destroyed) return void response.destroy()
  const retry = details.retryAfterSeconds
  const isUnread = !request.complete
  send(call, `${JSON.stringify(document)}\n`, {
    status,
    type: 'application/problem+json',
    headers: {
      ...(retry !== undefined && { 'retry-after': String(retry) }),
      ...(details.allow !== undefined && { allow: details.allow }),
      ...(status === 401 && { 'www-authenticate': 'Bearer realm="spec-kitty-hub"' }),
      ...(isUnread && { connection: 'close' }),
    },
  })
  if (!isUnread) return
  request.resume()
  const timer = setTimeout(() => request.destroy(), LINGER_MS)
  request.once('close', () => clearTimeout(timer))
}

const UNREADABLE: Readonly<Record<string, ConstructorParameters<typeof Problem>[0]>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
}

/** A request that the HTTP parser refuses, for example one with two lengths, never reaches a route. */
function refuseUnreadable(cause: Error, socket: Duplex): void {
  refuse(socket, UNREADABLE[codeOf(cause)] ?? 'bad-request', {
    detail: 'the request is not valid HTTP or did not arrive in time',
    next: 'correct the client; nothing was stored',
  })
}

/** Node would close the connection without a word. */
function refuseTunnel(_: IncomingMessage, socket: Duplex): void {
  refuse(socket, 'method-not-allowed', {
    detail: 'the hub is not a proxy: it opens no tunnels',
    next: 'send the request itself, with its path',
  })
}

function refuse(socket: Duplex, ...problem: ConstructorParameters<typeof Problem>): void {
  socket.on('error', () => undefined)
  if (!socket.writable) return void socket.destroy()
  const { status, document } = new Problem(...problem)
  const body = `${JSON.stringify(document)}\n`
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}
