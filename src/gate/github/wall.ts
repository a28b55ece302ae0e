import { isDeepStrictEqual } from 'node:util'
import { questions } from './questions.ts'
import { type IssueNumber, isTarget, stateChanges, targets } from './targets.ts'

/** A request as it would leave the process. */
export interface Outgoing {
  readonly method: string
  readonly url: string
  readonly body: string | null
}

/** Where GitHub is, and the repository (`owner/name`) that each issue is written to. */
export interface Wall {
  readonly apiUrl: string
  readonly homes: Readonly<Record<IssueNumber, string>>
}

export type Permission =
  { readonly allowed: true } | { readonly allowed: false; readonly reason: string }

const allowed: Permission = { allowed: true }
const refused = (reason: string): Permission => ({ allowed: false, reason })

/**
 * The last look at every request before it leaves the process. Reads of the configured GitHub pass;
 * of writes only the closed list does: comment on 41, 1038, 1141, 1182, close 41, re-open 1141 and
 * 1182, each with exactly the body it needs (FR-015, C-007). Everything else is refused, however it
 * was asked for, so that not even a mistake in the gate can close the release tracker.
 */
export function permission(outgoing: Outgoing, wall: Wall): Permission {
  const path = pathBelow(wall.apiUrl, outgoing.url)
  if (path === null) return refused('the address is not the configured GitHub')
  if (outgoing.method === 'GET') return allowed
  if (outgoing.method === 'POST' && path === '/graphql') return question(outgoing.body)
  const match = /^\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)(\/comments)?$/.exec(path)
  const number = Number(match?.[2])
  if (match === null || !isTarget(number)) return refused('not on the closed list of writes')
  if (match[1]?.toLowerCase() !== wall.homes[number].toLowerCase()) {
    return refused(`issue ${number} is written only in ${wall.homes[number]}`)
  }
  return match[3] === undefined ? stateChange(outgoing, number) : comment(outgoing)
}

/** The path of `url` below `base`, or null. Dot segments were resolved by the URL parser. */
function pathBelow(base: string, url: string): string | null {
  const wanted = new URL(base)
  const given = new URL(url)
  const prefix = wanted.pathname.replace(/\/$/, '')
  if (given.origin !== wanted.origin || !given.pathname.startsWith(`${prefix}/`)) return null
  return given.pathname.slice(prefix.length)
}

function question(body: string | null): Permission {
  const asked = record(body)
  const isKnown = typeof asked?.['query'] === 'string' && questions.includes(asked['query'])
  return isKnown ? allowed : refused('only the known GraphQL questions are asked, no mutation')
}

function stateChange({ method, body }: Outgoing, number: IssueNumber): Permission {
  const { mayBecome } = targets[number]
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
