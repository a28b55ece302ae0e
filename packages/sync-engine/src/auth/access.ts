import { SyncError } from '../base/errors.ts'
import { waitForFileLock } from '../base/file-lock.ts'
import { asString } from '../base/json.ts'
import { readTokens } from './device-flow.ts'
import { postForm } from './oauth-http.ts'
import { isUsable, readSession, replaceSession, type Session } from './session.ts'

/** An access token is renewed when it has less than this left. */
const MARGIN_MS = 30_000

/**
 * The login with an access token that is good for a while, renewed over the network if it must be.
 * @param path `auth/session.json`
 * @param now milliseconds since the epoch
 * @throws {SyncError} `not-logged-in` when nobody is, or when the login has ended
 */
export async function usableSession(path: string, now: number): Promise<Session> {
  const session = readSession(path)
  if (session === undefined || !isUsable(session, now)) throw notLoggedIn(path)
  if (Date.parse(session.accessExpiresAt) - MARGIN_MS > now) return session
  return renewAlone(path, session, now)
}

/**
 * The login in place of one whose access token the service refused before its time: what another process
 * got in the meantime, or one renewal.
 * @param path `auth/session.json`
 * @param refused the access token that was refused
 * @param now milliseconds since the epoch
 * @throws {SyncError} `not-logged-in` when nobody is, or when the login has ended
 */
export async function renewedSession(path: string, refused: string, now: number): Promise<Session> {
  const session = readSession(path)
  if (session === undefined || !isUsable(session, now)) throw notLoggedIn(path)
  return session.accessToken === refused ? renewAlone(path, session, now) : session
}

/** Longer than any answer of the service is waited for. */
const LOCK_WAIT_MS = 40_000

/**
 * One renewal at a time per home: a refresh token that is presented twice looks stolen to a server, and
 * ends the login. Whoever waited takes what the other one got, or finds that nobody is logged in any more.
 */
async function renewAlone(path: string, before: Session, now: number): Promise<Session> {
  using lock = await waitForFileLock(`${path}.lock`, LOCK_WAIT_MS)
  if (lock === undefined)
    throw new SyncError({
      code: 'network',
      what: 'another process has been renewing the login for too long',
      where: path,
    })
  const current = readSession(path)
  if (current === undefined) throw notLoggedIn(path)
  if (current.accessToken !== before.accessToken && Date.parse(current.accessExpiresAt) > now)
    return current
  return await renew(path, current, now)
}

/** How a service refuses a refresh token (RFC 6749, 5.2). Nothing else says that the login has ended. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401])

async function renew(path: string, session: Session, now: number): Promise<Session> {
  const form = {
    grant_type: 'refresh_token',
    refresh_token: session.refreshToken,
    client_id: 'cli_native',
  }
  const url = `${session.serverUrl}/oauth/token`
  const answer = await postForm(url, form)
  if (REFUSALS.has(answer.status)) return renewedElsewhere(path, session, now)
  const accessToken = asString(answer.body['access_token'])
  if (answer.status !== 200 || accessToken === undefined || accessToken === '')
    throw notRenewed(url, answer.status)
  const tokens = readTokens(answer.body, accessToken, now)
  const refreshToken = tokens.refreshToken === '' ? session.refreshToken : tokens.refreshToken
  const renewed = { ...session, ...tokens, refreshToken }
  const stored = replaceSession(path, session.accessToken, renewed)
  if (stored === undefined) throw notLoggedIn(path)
  return stored
}

/** A refused renewal is no end of the login if another process renewed it a moment ago. */
function renewedElsewhere(path: string, before: Session, now: number): Session {
  const current = readSession(path)
  if (
    current !== undefined &&
    current.accessToken !== before.accessToken &&
    Date.parse(current.accessExpiresAt) > now
  )
    return current
  throw notLoggedIn(path)
}

/** A service in trouble, or something in its place: the login may be good, and is asked for again later. */
function notRenewed(url: string, status: number): SyncError {
  const what = status === 200 ? 'its answer has no access token' : `HTTP ${status}`
  return new SyncError({
    code: 'network',
    what: `the service did not renew the login: ${what}`,
    where: url,
  })
}

function notLoggedIn(path: string): SyncError {
  return new SyncError({
    code: 'not-logged-in',
    what: 'nobody is logged in, or the login has ended',
    where: path,
  })
}
