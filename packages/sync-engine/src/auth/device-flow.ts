import { advice } from '../base/remedies.ts'
import { SyncError } from '../base/errors.ts'
import { asNumber, asString, type JsonObject } from '../base/json.ts'
import { getWithToken, postForm, type Answer } from './oauth-http.ts'
import { readTeams, type Session } from './session.ts'

/** Device authorization (RFC 8628): the user approves on another device while this program polls. */
const CLIENT = 'cli_native'
const SCOPE = 'offline_access'
const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const LONGEST_INTERVAL_S = 10
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

async function requestDevice(serverUrl: string): Promise<Device> {
  const url = `${serverUrl}/oauth/device`
  const answer = await postForm(url, { client_id: CLIENT, scope: SCOPE })
  const code = asString(answer.body['device_code'])
  const userCode = asString(answer.body['user_code'])
  const verificationUri = asString(answer.body['verification_uri'])
  if (
    answer.status !== 200 ||
    code === undefined ||
    userCode === undefined ||
    verificationUri === undefined
  )
    throw loginFailed(url, `no device code, HTTP ${answer.status}`)
  const complete = asString(answer.body['verification_uri_complete'])
  return {
    code,
    intervalS: asNumber(answer.body['interval']) ?? 5,
    prompt: {
      userCode: inFours(userCode),
      verificationUri,
      ...(complete === undefined ? {} : { verificationUriComplete: complete }),
      expiresInS: asNumber(answer.body['expires_in']) ?? 900,
    },
  }
}

/** A user code in groups of four, as a person types it: `ABCD-1234`. */
export function inFours(userCode: string): string {
  return (userCode.replaceAll(/[-\s]/g, '').match(/.{1,4}/g) ?? []).join('-')
}

async function poll(serverUrl: string, device: Device, edges: LoginEdges): Promise<JsonObject> {
  const url = `${serverUrl}/oauth/token`
  const deadline = edges.now() + device.prompt.expiresInS * 1000
  let intervalS = Math.min(device.intervalS, LONGEST_INTERVAL_S)
  while (edges.now() < deadline) {
    await edges.sleep(intervalS * 1000)
    const form = { grant_type: GRANT, device_code: device.code, client_id: CLIENT }
    const step = classify(await postForm(url, form).catch(lostAnswer), url)
    if (step.kind === 'granted') return step.tokens
    if (step.kind === 'slower') intervalS = Math.min(intervalS + SLOW_DOWN_S, LONGEST_INTERVAL_S)
  }
  throw expired(url)
}

/** A poll that got lost is simply repeated; the deadline ends the waiting. */
function lostAnswer(cause: unknown): Answer {
  if (cause instanceof SyncError && cause.code === 'network')
    return { status: 400, body: { error: 'authorization_pending' } }
  throw cause
}

type Step = { kind: 'granted'; tokens: JsonObject } | { kind: 'waiting' } | { kind: 'slower' }

function classify(answer: Answer, url: string): Step {
  if (answer.status === 200 && asString(answer.body['access_token']) !== undefined)
    return { kind: 'granted', tokens: answer.body }
  const error = asString(answer.body['error'])
  if (error === 'authorization_pending') return { kind: 'waiting' }
  if (error === 'slow_down') return { kind: 'slower' }
  if (error === 'expired_token') throw expired(url)
  if (error === 'access_denied')
    throw new SyncError({
      code: 'login-denied',
      what: 'the login was denied on the other device',
      where: url,
      remedy: advice('run `spec-kitty auth login --headless` again and approve it'),
    })
  throw loginFailed(url, `HTTP ${answer.status}${error === undefined ? '' : `, ${error}`}`)
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
  const until = asString(tokens['refresh_token_expires_at'])
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

function after(now: number, seconds: number): string {
  return new Date(now + seconds * 1000).toISOString()
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
