import { BoundaryError } from '../boundary/error.ts'
import { asString } from '../boundary/json.ts'
import { readTokens } from './device-flow.ts'
import { postForm } from './oauth-http.ts'
import { isUsable, readSession, writeSession, type Session } from './session.ts'

/** An access token is renewed when it has less than this left. */
const MARGIN_MS = 30_000

/**
 * The login with an access token that is good for a while, renewed over the network if it must be.
 * @param path `auth/session.json`
 * @param now milliseconds since the epoch
 * @throws {BoundaryError} `not-logged-in` when nobody is, or when the login has ended
 */
export async function usableSession(path: string, now: number): Promise<Session> {
  const session = readSession(path)
  if (session === undefined || !isUsable(session, now)) throw notLoggedIn(path)
  if (Date.parse(session.accessExpiresAt) - MARGIN_MS > now) return session
  return renew(path, session, now)
}

async function renew(path: string, session: Session, now: number): Promise<Session> {
  const form = {
    grant_type: 'refresh_token',
    refresh_token: session.refreshToken,
    client_id: 'cli_native',
  }
  const answer = await postForm(`${session.serverUrl}/oauth/token`, form)
  const accessToken = asString(answer.body['access_token'])
  if (answer.status !== 200 || accessToken === undefined)
    return renewedElsewhere(path, session, now)
  const tokens = readTokens(answer.body, accessToken, now)
  const refreshToken = tokens.refreshToken === '' ? session.refreshToken : tokens.refreshToken
  const renewed = { ...session, ...tokens, refreshToken }
  writeSession(path, renewed)
  return renewed
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

function notLoggedIn(path: string): BoundaryError {
  return new BoundaryError({
    code: 'not-logged-in',
    what: 'nobody is logged in, or the login has ended',
    where: path,
    next: 'run: spec-kitty auth login --headless',
  })
}
