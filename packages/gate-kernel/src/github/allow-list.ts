import { isDeepStrictEqual } from 'node:util'
import { questions } from './queries.ts'
import { type IssueTargets, stateChanges } from './targets.ts'

/** A request as it would leave the process. */
export interface Outgoing {
  readonly method: string
  readonly url: string
  readonly body: string | null
}

/** Where GitHub is, and the repository (`owner/name`) that each issue is written to. */
export interface AllowList {
  readonly apiUrl: string
  readonly homes: Readonly<Record<number, string>>
  /** The issues that the gate may write to, and how. */
  readonly targets: IssueTargets
  /** Comments that this run made itself and may take back: the issue of each, by the comment's id. */
  readonly ownComments: ReadonlyMap<number, number>
}

/** GraphQL is beside REST on GitHub Enterprise (`/api/v3`, `/api/graphql`) and below it elsewhere. */
export function graphqlUrl(apiUrl: string): string {
  const base = apiUrl.replace(/\/+$/, '')
  return base.endsWith('/api/v3') ? `${base.slice(0, -'/v3'.length)}/graphql` : `${base}/graphql`
}

export type Permission =
  { readonly allowed: true } | { readonly allowed: false; readonly reason: string }

const allowed: Permission = { allowed: true }
const refused = (reason: string): Permission => ({ allowed: false, reason })

/**
 * The last look at every request before it leaves the process. Reads of the configured GitHub pass;
 * of writes only the gate's closed list does: a comment on one of its issues, the one change of state
 * that its definition allows, each with exactly the body it needs, and taking back a comment that this
 * run made itself. Everything else is refused, however it was asked for.
 */
export function permission(outgoing: Outgoing, allowList: AllowList): Permission {
  if (outgoing.url === graphqlUrl(allowList.apiUrl)) {
    return outgoing.method === 'POST' ? query(outgoing.body) : refused('GraphQL is only queried')
  }
  const path = pathBelow(allowList.apiUrl, outgoing.url)
  if (path === null) return refused('the address is not the configured GitHub')
  if (outgoing.method === 'GET') return allowed
  if (outgoing.method === 'DELETE') return removal(outgoing, path, allowList)
  const match = /^\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)(\/comments)?$/.exec(path)
  const number = Number(match?.[2])
  const home = Object.hasOwn(allowList.targets, number) ? allowList.homes[number] : undefined
  if (match === null || home === undefined) return refused('not on the closed list of writes')
  if (match[1]?.toLowerCase() !== home.toLowerCase()) {
    return refused(`issue ${number} is written only in ${home}`)
  }
  return match[3] === undefined
    ? stateChange(outgoing, number, allowList.targets)
    : comment(outgoing)
}

/** The path of `url` below `base`, or null. Dot segments were resolved by the URL parser. */
function pathBelow(base: string, url: string): string | null {
  const wanted = new URL(base)
  const given = new URL(url)
  const prefix = wanted.pathname.replace(/\/$/, '')
  if (given.origin !== wanted.origin || !given.pathname.startsWith(`${prefix}/`)) return null
  return given.pathname.slice(prefix.length)
}

function query(body: string | null): Permission {
  const asked = record(body)
  const isKnown = typeof asked?.['query'] === 'string' && questions.includes(asked['query'])
  return isKnown ? allowed : refused('only the known GraphQL queries are asked, no mutation')
}

/** A comment is taken back only where this run has made it, and only from its own issue's repository. */
function removal({ body }: Outgoing, path: string, { homes, ownComments }: AllowList): Permission {
  const match = /^\/repos\/([^/]+\/[^/]+)\/issues\/comments\/(\d+)$/.exec(path)
  const issue = ownComments.get(Number(match?.[2]))
  const home = issue === undefined ? undefined : homes[issue]?.toLowerCase()
  const isOurs = home !== undefined && match?.[1]?.toLowerCase() === home
  return isOurs && body === null
    ? allowed
    : refused('only a comment of this very run is taken back')
}

function stateChange(
  { method, body }: Outgoing,
  number: number,
  targets: IssueTargets,
): Permission {
  const mayBecome = targets[number]?.mayBecome ?? null
  if (method !== 'PATCH') return refused('not on the closed list of writes')
  if (mayBecome === null) return refused(`the gate never changes issue ${number}`)
  const isExact = isDeepStrictEqual(record(body), { ...stateChanges[mayBecome] })
  return isExact ? allowed : refused(`issue ${number} may only become ${mayBecome}, nothing else`)
}

function comment({ method, body }: Outgoing): Permission {
  const given = record(body)
  const isPlain = given !== null && Object.keys(given).join() === 'body'
  if (method === 'POST' && isPlain && typeof given['body'] === 'string') return allowed
  return refused('a comment is created with a body, never edited or deleted')
}

function record(body: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body ?? '')
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isRecord ? { ...value } : null
  } catch {
    return null
  }
}
