import { Problem } from '../base/problem.ts'
import type { Call } from './call.ts'
import { getSyncHealth, postBatch } from './ingest-routes.ts'
import { getLive, getMetrics, getPage, getProblem, getReady } from './operating-routes.ts'
import { getConflicts, getOverview, getProducers, postResolve } from './people-routes.ts'
import { getEvent, getEvents, streamEvents } from './read-routes.ts'

export interface Route {
  readonly method: 'GET' | 'POST'
  /** `*` is one part of the path that the handler reads. */
  readonly path: string
  readonly handle: (call: Call) => void | Promise<void>
}

/** Every address of the hub; a slash at the end of a request's path is ignored. */
const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/api/v1/events/batch', handle: postBatch },
  { method: 'GET', path: '/api/v1/sync/health', handle: getSyncHealth },
  { method: 'GET', path: '/api/v1/events', handle: getEvents },
  { method: 'GET', path: '/api/v1/events/stream', handle: streamEvents },
  { method: 'GET', path: '/api/v1/events/*', handle: getEvent },
  { method: 'GET', path: '/api/v1/producers', handle: getProducers },
  { method: 'GET', path: '/api/v1/producers/*', handle: getProducers },
  { method: 'GET', path: '/api/v1/conflicts', handle: getConflicts },
  { method: 'GET', path: '/api/v1/conflicts/*', handle: getConflicts },
  { method: 'POST', path: '/api/v1/conflicts/*/resolve', handle: postResolve },
  { method: 'GET', path: '/api/v1/overview', handle: getOverview },
  { method: 'GET', path: '/livez', handle: getLive },
  { method: 'GET', path: '/readyz', handle: getReady },
  { method: 'GET', path: '/metrics', handle: getMetrics },
  { method: 'GET', path: '/problems/*', handle: getProblem },
  { method: 'GET', path: '/', handle: getPage },
]

export interface Match {
  readonly route: Route
  readonly params: readonly string[]
}

/** @throws {Problem} `not-found`, `method-not-allowed` */
export function routeFor(method: string, path: string): Match {
  const parts = partsOf(path)
  const wanted = method === 'HEAD' ? 'GET' : method
  const all = ROUTES.flatMap((route) => {
    const params = matched(route.path.split('/').filter(Boolean), parts)
    return params === undefined ? [] : [{ route, params }]
  })
  // An address that has a name of its own is not a part that a pattern leaves open.
  const named = all.filter(({ params }) => params.length === 0)
  const matches = named.length > 0 ? named : all
  const [match] = matches.filter(({ route }) => route.method === wanted)
  if (match !== undefined) return match
  if (matches.length === 0)
    throw new Problem('not-found', {
      detail: 'there is nothing at this address',
      next: 'batches go to /api/v1/events/batch/, readers ask /api/v1/events (docs/hub.md)',
    })
  const allowed = new Set(matches.map(({ route }) => route.method))
  throw new Problem('method-not-allowed', {
    detail: 'this address does not take this method',
    next: `use ${[...allowed].join(' or ')}`,
    allow: [...allowed].map((one) => (one === 'GET' ? 'GET, HEAD' : one)).join(', '),
  })
}

function matched(route: readonly string[], parts: readonly string[]): string[] | undefined {
  if (route.length !== parts.length) return undefined
  const params: string[] = []
  for (const [index, part] of route.entries()) {
    if (part === '*') params.push(parts[index] ?? '')
    else if (part !== parts[index]) return undefined
  }
  return params
}

function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter(Boolean)
    .map((part) => unescaped(part, 'the address'))
}

/** @param what it is a part of @throws {Problem} `bad-request` if its escapes are not UTF-8 */
export function unescaped(text: string, what: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new Problem(
      'bad-request',
      { detail: `${what} has an invalid escape`, next: 'correct the address' },
      { cause },
    )
  }
}
