import * as oauth from 'oauth4webapi'
import { advice } from '../base/remedies.ts'
import { SyncError } from '../base/errors.ts'
import { asNumber, asString, type JsonObject } from '../base/json.ts'
import { getWithToken, postForm } from './oauth-http.ts'
import { readTeams, type Session } from './session.ts'

/** Device authorization (RFC 8628): the user approves on another device while this program polls. */
const CLIENT: oauth.Client = { client_id: 'cli_native' }
const SCOPE = 'offline_access'
const LONGEST_INTERVAL_S = 10
const SHORTEST_INTERVAL_S = 0.001
const SLOW_DOWN_S = 5

export interface DevicePrompt {
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete?: string
  readonly expiresInS: number
}

export interface LoginEdges {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly sleep: (delayMs: number) => Promise<void>
  /** Shows the code to the person. */
  readonly show: (prompt: DevicePrompt) => void
}

/**
 * Logs in without a browser on this machine.
 * @param serverUrl the resolved server, without trailing slash
 * @throws {SyncError} `login-denied`, `login-expired`, `login-failed`, `network`
 */
export async function deviceLogin(serverUrl: string, edges: LoginEdges): Promise<Session> {
  const device = await requestDevice(serverUrl)
  edges.show(device.prompt)
  const tokens = await poll(serverUrl, device, edges)
  return buildSession(serverUrl, tokens, edges.now())
}

interface Device {
  readonly code: string
  readonly intervalS: number
  readonly prompt: DevicePrompt
}

/** The two endpoints of a service that the protocol needs; nothing is discovered. */
function serverOf(
  serverUrl: string,
): oauth.AuthorizationServer & { readonly token_endpoint: string } {
  return {
    issuer: serverUrl,
    device_authorization_endpoint: `${serverUrl}/oauth/device`,
    token_endpoint: `${serverUrl}/oauth/token`,
  }
}

/**
 * The library speaks the protocol; what travels goes the way of every request of this program: through its
 * proxies, bounded, and never to another host. A service on this machine has no certificate.
 */
const transport = {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so that nobody uses it by accident
  [oauth.allowInsecureRequests]: true,
  async [oauth.customFetch](url: string, { body }: { body: URLSearchParams }): Promise<Response> {
    const { status, body: answer } = await postForm(url, Object.fromEntries(body))
    // A server may let a program ask again at once (RFC 8628, 3.2); the library wants a positive number.
    const interval = answer['interval'] === 0 ? { interval: SHORTEST_INTERVAL_S } : {}
    return Response.json({ ...answer, ...interval }, { status })
  },
}

async function requestDevice(serverUrl: string): Promise<Device> {
  const server = serverOf(serverUrl)
  const form = { scope: SCOPE }
  const device = await oauth
    .deviceAuthorizationRequest(server, CLIENT, oauth.None(), form, transport)
    .then((answer) => oauth.processDeviceAuthorizationResponse(server, CLIENT, answer))
    .catch((cause: unknown) => {
      if (cause instanceof SyncError) throw cause
      throw loginFailed(`${serverUrl}/oauth/device`, `no device code, ${saidBy(cause)}`)
    })
  const complete = device.verification_uri_complete
  return {
    code: device.device_code,
    intervalS: device.interval ?? 5,
    prompt: {
      userCode: inFours(device.user_code),
      verificationUri: device.verification_uri,
      ...(complete === undefined ? {} : { verificationUriComplete: complete }),
      expiresInS: device.expires_in,
    },
  }
}

/** A user code in groups of four, as a person types it: `ABCD-1234`. */
export function inFours(userCode: string): string {
  return (userCode.replaceAll(/[-\s]/g, '').match(/.{1,4}/g) ?? []).join('-')
}

async function poll(serverUrl: string, device: Device, edges: LoginEdges): Promise<JsonObject> {
  const server = serverOf(serverUrl)
  const deadline = edges.now() + device.prompt.expiresInS * 1000
  let intervalS = Math.min(device.intervalS, LONGEST_INTERVAL_S)
  while (edges.now() < deadline) {
    await edges.sleep(intervalS * 1000)
    try {
      const answer = await oauth.deviceCodeGrantRequest(
        ...([server, CLIENT, oauth.None(), device.code, transport] as const),
      )
      return { ...(await oauth.processDeviceCodeResponse(server, CLIENT, answer)) }
    } catch (cause) {
      if (mustSlowDown(cause, server.token_endpoint))
        intervalS = Math.min(intervalS + SLOW_DOWN_S, LONGEST_INTERVAL_S)
    }
  }
  throw expired(server.token_endpoint)
}

/**
 * What an answer without tokens asks for: waiting as before, or waiting longer. A poll that got lost is
 * simply repeated; the deadline ends the waiting.
 *
 * @throws {SyncError} where no later answer can be another one
 */
function mustSlowDown(cause: unknown, url: string): boolean {
  if (cause instanceof SyncError && cause.code === 'network') return false
  const error = cause instanceof oauth.ResponseBodyError ? cause.error : undefined
  if (error === 'authorization_pending') return false
  if (error === 'slow_down') return true
  if (error === 'expired_token') throw expired(url)
  if (error === 'access_denied')
    throw new SyncError({
      code: 'login-denied',
      what: 'the login was denied on the other device',
      where: url,
      remedy: advice('run `spec-kitty auth login --headless` again and approve it'),
    })
  throw cause instanceof SyncError ? cause : loginFailed(url, saidBy(cause))
}

/** A word that a protocol may have for an error; anything else in its place is the service's own text. */
const ERROR_WORD = /^[a-z][a-z_]{0,39}$/

/** What the service answered, without anything that an answer may carry. */
function saidBy(cause: unknown): string {
  if (cause instanceof oauth.ResponseBodyError)
    return ERROR_WORD.test(cause.error)
      ? `HTTP ${cause.status}, ${cause.error}`
      : `HTTP ${cause.status}`
  if (cause instanceof oauth.OperationProcessingError) {
    // An unexpected status says it all; what the library adds is for the authors of clients.
    return cause.cause instanceof Response
      ? `HTTP ${cause.cause.status}`
      : `the answer is not what OAuth asks for: ${cause.message}`
  }
  return 'its answer cannot be read'
}

async function buildSession(serverUrl: string, tokens: JsonObject, now: number): Promise<Session> {
  const url = `${serverUrl}/api/v1/me`
  const accessToken = asString(tokens['access_token']) ?? ''
  const me = await getWithToken(url, accessToken)
  const email = asString(me.body['email'])
  if (me.status !== 200 || email === undefined)
    throw loginFailed(url, `the service does not say who is logged in, HTTP ${me.status}`)
  const teams = readTeams(me.body['teams'])
  if (teams.length === 0) throw loginFailed(url, `${email} is a member of no team`)
  return {
    serverUrl,
    userId: asString(me.body['user_id']) ?? String(asNumber(me.body['user_id']) ?? email),
    email,
    name: asString(me.body['name']) ?? email,
    teams,
    sessionId: asString(tokens['session_id']) ?? '',
    issuedAt: new Date(now).toISOString(),
    ...readTokens(tokens, accessToken, now),
  }
}

type Tokens = Pick<Session, 'accessToken' | 'refreshToken' | 'accessExpiresAt' | 'refreshExpiresAt'>

/** The token fields of an OAuth answer; lifetimes are the service's, none is invented here. */
export function readTokens(tokens: JsonObject, accessToken: string, now: number): Tokens {
  const seconds = asNumber(tokens['expires_in']) ?? 0
  const until = readableTime(asString(tokens['refresh_token_expires_at']))
  const refreshSeconds = asNumber(tokens['refresh_token_expires_in'])
  const refreshExpiresAt =
    until ?? (refreshSeconds === undefined ? undefined : after(now, refreshSeconds))
  return {
    accessToken,
    refreshToken: asString(tokens['refresh_token']) ?? '',
    accessExpiresAt: after(now, seconds),
    ...(refreshExpiresAt === undefined ? {} : { refreshExpiresAt }),
  }
}

/** Far enough for any login, and a date all the same: a service may name any number. */
const LONGEST_S = 10 * 366 * 86_400

function after(now: number, seconds: number): string {
  const bounded = Math.max(-LONGEST_S, Math.min(seconds, LONGEST_S))
  return new Date(now + bounded * 1000).toISOString()
}

/** A time that is none says nothing about the end of a login. */
function readableTime(text: string | undefined): string | undefined {
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : text
}

function expired(url: string): SyncError {
  return new SyncError({
    code: 'login-expired',
    what: 'the code was not approved in time',
    where: url,
    remedy: advice('run `spec-kitty auth login --headless` again'),
  })
}

function loginFailed(url: string, what: string): SyncError {
  return new SyncError({
    code: 'login-failed',
    what: `the login failed: ${what}`,
    where: url,
  })
}
