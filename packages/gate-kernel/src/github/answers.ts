import type { GraphQLAnswer, IssueAnswer } from './schemas.ts'
import { GitHubStop, gitHubStop, type StopKind } from './stop.ts'

/** A comment that is not there (any more): what was wanted of a removal. */
export function ifGone(error: unknown): null {
  if (error instanceof GitHubStop && error.kind === 'not-found') return null
  throw error
}

/** GitHub's web editor and some proxies turn line ends into CRLF. */
export const sameText = (one: string, other: string): boolean =>
  one.replaceAll('\r\n', '\n') === other.replaceAll('\r\n', '\n')

/** An issue that was transferred alone has another number now, and is none of those the gate knows. */
export function transferred(number: number, url: string): Error {
  const what = `issue ${number} was transferred to another repository: it is ${url} now`
  return gitHubStop('transferred', { what, where: `issue ${number}` })
}

/**
 * A cache or a proxy may answer with what somebody else has asked for: an answer says what it is about.
 *
 * @param what the kind of thing that was asked for, e.g. `pull request`
 */
export function requireAbout(
  what: string,
  asked: string | number,
  answered: string | number,
): void {
  if (asked === answered) return
  throw gitHubStop('unreadable', {
    what: `GitHub was asked for ${what} ${asked} and answered with ${what} ${answered}`,
    where: `${what} ${asked}`,
  })
}

/** `owner/name` that GitHub gives for an issue. */
export function homeOf(answer: IssueAnswer): string | null {
  return /\/repos\/([^/]+\/[^/]+)$/.exec(answer.repository_url)?.[1] ?? null
}

const kindOfError: ReadonlyMap<string, StopKind> = new Map([
  ['RATE_LIMITED', 'rate-limited'],
  ['FORBIDDEN', 'forbidden'],
  ['INSUFFICIENT_SCOPES', 'forbidden'],
])

/**
 * GraphQL answers 200 whatever went wrong, perhaps with a part of the data. That something is not there,
 * or that this token may not see a part, is an answer; everything else is none, and what has no type that
 * is known here is trouble that may pass.
 */
export function refuseErrors({ data, errors = [] }: GraphQLAnswer, where: string): void {
  const isThere = Object.values(data ?? {}).some((part) => part !== null)
  const first = errors.find(
    ({ type }) => type !== 'NOT_FOUND' && !(isThere && type === 'FORBIDDEN'),
  )
  if (first === undefined) return
  const kind = kindOfError.get(first.type ?? '') ?? 'server-error'
  const what = `GraphQL answered ${first.type ?? 'an error'}: ${first.message.slice(0, 300)}`
  const retryAfterMs = kind === 'rate-limited' ? 60_000 : null
  throw gitHubStop(kind, { what, where, retryAfterMs })
}
