import type { RequestError } from 'octokit'
import { GateStop } from '../stop/verdict.ts'
import { GitHubStop, gitHubStop, type StopKind } from './stop.ts'

/** GitHub's own advice for a secondary limit that does not say how long. */
const unnamedLimitMs = 60_000

/**
 * Says in the gate's words what went wrong with a request. Neither the token nor the headers of the
 * request are carried along: the original error is not kept as a cause.
 *
 * @param where method and path of the request
 * @param now milliseconds since 1970, to turn the end of a rate limit into a waiting time
 * @param token what the request was signed with: a server may echo it
 */
export function classify(error: unknown, where: string, now: number, token = ''): GateStop {
  const stop = described(error, where, now)
  if (token === '' || !JSON.stringify(stop.report).includes(token)) return stop
  const hide = (text: string): string => text.replaceAll(token, '***')
  const { what, next } = stop.report
  const { kind, retryAfterMs } =
    stop instanceof GitHubStop ? stop : ({ kind: 'unreadable', retryAfterMs: null } as const)
  return gitHubStop(kind, { what: hide(what), next: hide(next), where, retryAfterMs })
}

function described(error: unknown, where: string, now: number): GateStop {
  if (error instanceof GateStop) return error
  if (!isRequestError(error)) return unreadable(error, where)
  // What the allow-list refuses arrives here as the reason for a broken connection.
  if (error.cause instanceof GateStop) return error.cause
  if (error.response === undefined) return withoutAnswer(error, where)
  const limit = limitOf(error, now)
  if (limit !== null) {
    const what = `GitHub limits requests for another ${Math.ceil(limit / 1000)} s`
    return gitHubStop('rate-limited', { what, where, retryAfterMs: limit })
  }
  const what = `GitHub answered ${error.status}: ${firstLine(error.message)}`
  return gitHubStop(kindOf(error.status), { where, ...demandOf(error, what) })
}

/**
 * By its name, as octokit itself does: the class would load octokit in every process of a gate, and an
 * error of a second copy of the library is none of it.
 */
function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && error.name === 'HttpError' && 'status' in error
}

/** What GitHub asks for in the headers of a refusal: a sign-on at a page, or permissions by name. */
function demandOf({ response }: RequestError, what: string): { what: string; next?: string } {
  const headers = (response?.headers ?? {}) as Readonly<Record<string, unknown>>
  const page = /\burl=(https:\/\/[^\s;,]+)/.exec(textOf(headers['x-github-sso']))?.[1]
  if (page !== undefined) {
    const next = `open ${page} and authorize the token for single sign-on, then run the gate again`
    return { what: `${what}; the organization demands single sign-on: ${page}`, next }
  }
  const permissions = textOf(headers['x-accepted-github-permissions']).slice(0, 200)
  if (permissions === '') return { what }
  const next = `give the token the permission ${permissions}, or use another one`
  return { what: `${what}; the request needs the permission ${permissions}`, next }
}

const textOf = (header: unknown): string => (typeof header === 'string' ? header : '')

function kindOf(status: number): StopKind {
  if (status === 401) return 'unauthorized'
  if (status === 403 || status === 451) return 'forbidden'
  if (status === 404 || status === 410) return 'not-found'
  if (status >= 300 && status < 400) return 'moved'
  return status >= 500 ? 'server-error' : 'rejected'
}

/** octokit reports a broken connection as status 500 without a response. */
function withoutAnswer(error: RequestError, where: string): GitHubStop {
  const isTimeout = /timeout|timed out|aborted/i.test(`${nameOf(error.cause)} ${error.message}`)
  const what = isTimeout
    ? 'GitHub did not answer in time'
    : `no connection: ${firstLine(error.message)}`
  return gitHubStop(isTimeout ? 'timeout' : 'unreachable', { what, where })
}

function unreadable(error: unknown, where: string): GitHubStop {
  if (nameOf(error) === 'TimeoutError' || nameOf(error) === 'AbortError') {
    return gitHubStop('timeout', { what: 'GitHub did not answer in time', where })
  }
  const what = `the answer is not what GitHub documents: ${firstLine(String(error))}`
  return gitHubStop('unreadable', { what, where })
}

/** Waiting time in milliseconds of a primary or secondary limit; null if this is not a limit. */
function limitOf(error: RequestError, now: number): number | null {
  const headers = error.response?.headers ?? {}
  const isExhausted = headers['x-ratelimit-remaining'] === '0'
  const isSecondary = /secondary rate|abuse/i.test(error.message)
  const isLimit = error.status === 429 || (error.status === 403 && (isExhausted || isSecondary))
  if (!isLimit) return null
  const retryAfter = headers['retry-after']
  if (retryAfter !== undefined) return waitOf(String(retryAfter), now)
  const resetMs = Number(headers['x-ratelimit-reset']) * 1000
  return isExhausted && Number.isFinite(resetMs) ? Math.max(resetMs - now, 0) : unnamedLimitMs
}

/** Seconds, or the date that a proxy names instead. What is neither must not become a wait without end. */
function waitOf(retryAfter: string, now: number): number {
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000
  const atMs = /[A-Za-z]{3}/.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN
  return Number.isNaN(atMs) ? unnamedLimitMs : Math.max(atMs - now, 0)
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '')

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 300)
