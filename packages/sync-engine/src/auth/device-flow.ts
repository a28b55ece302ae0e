import * as oauth from 'oauth4webapi'
import { advice } from '../base/remedies.ts'
import { SyncError } from '../base/errors.ts'
import { asNumber, asString, type JsonObject } from '../base/json.ts'
import { retryAfterIn } from '../base/retry-after.ts'
import { askUntil, type Asked } from './ask-again.ts'
import { getWithToken, type Answer } from './oauth-http.ts'
import { CLIENT, saidBy, saysNothing, serverOf, transport } from './oauth-service.ts'
import { readTeams, type Session } from './session.ts'

/** Device authorization (RFC 8628): the user approves on another device while this program polls. */
const SCOPE = 'offline_access'

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
  return buildSession(serverUrl, tokens, edges)
}

interface Device {
  readonly code: string
  readonly intervalS: number
  readonly prompt: DevicePrompt
}

async function requestDevice(serverUrl: string): Promise<Device> {
  const server = serverOf(serverUrl)
  const form = { scope: SCOPE }
  const device = await oauth
    .deviceAuthorizationRequest(server, CLIENT, oauth.None(), form, transport())
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
  const { token_endpoint: url } = serverOf(serverUrl)
  const asked = await askUntil(() => askForTokens(serverUrl, device.code, edges.now), {
    ...edges,
    paceMs: device.intervalS * 1000,
    withinMs: device.prompt.expiresInS * 1000,
  })
  if (asked.kind === 'done') return asked.value
  if (asked.trouble === undefined) throw expired(url)
  throw loginFailed(url, `the code has expired, and at last ${asked.trouble}`)
}

async function askForTokens(
  serverUrl: string,
  code: string,
  now: () => number,
): Promise<Asked<JsonObject>> {
  const server = serverOf(serverUrl)
  let heard: Answer | undefined
  const way = transport((answer) => (heard = answer))
  try {
    const answer = await oauth.deviceCodeGrantRequest(server, CLIENT, oauth.None(), code, way)
    const value = { ...(await oauth.processDeviceCodeResponse(server, CLIENT, answer)) }
    return { kind: 'done', value }
  } catch (cause) {
    return withoutTokens(cause, heard, now) ?? refused(cause, server.token_endpoint)
  }
}

/** What an answer without tokens asks for, or undefined where no later answer can be another one. */
function withoutTokens(
  cause: unknown,
  heard: Answer | undefined,
  now: () => number,
): Asked<never> | undefined {
  const retryAfterMs = retryAfterIn(heard?.retryAfter ?? '', now()) ?? 0
  const error = cause instanceof oauth.ResponseBodyError ? cause.error : undefined
  if (error === 'authorization_pending') return { kind: 'not-yet', isTooFast: false, retryAfterMs }
  if (error === 'slow_down') return { kind: 'not-yet', isTooFast: true, retryAfterMs }
  if (cause instanceof SyncError && cause.code === 'network')
    return { kind: 'trouble', said: cause.what, retryAfterMs }
  if (heard === undefined || !saysNothing(heard.status)) return undefined
  return { kind: 'trouble', said: `the service answered ${saidBy(cause)}`, retryAfterMs }
}

/** @throws {SyncError} always: the answer ends the login */
function refused(cause: unknown, url: string): never {
  const error = cause instanceof oauth.ResponseBodyError ? cause.error : undefined
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

/** The tokens are given once: what asks for their owner must not lose them to a service that is busy. */
const PROFILE_WITHIN_MS = 120_000

async function buildSession(
  serverUrl: string,
  tokens: JsonObject,
  edges: LoginEdges,
): Promise<Session> {
  const now = edges.now()
  const url = `${serverUrl}/api/v1/me`
  const accessToken = asString(tokens['access_token']) ?? ''
  const asked = await askUntil(() => askWho(url, accessToken, edges.now), {
    ...edges,
    paceMs: 0,
    withinMs: PROFILE_WITHIN_MS,
  })
  if (asked.kind === 'out-of-time') throw loginFailed(url, asked.trouble ?? 'no answer')
  const me = asked.value
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

async function askWho(url: string, token: string, now: () => number): Promise<Asked<Answer>> {
  try {
    const answer = await getWithToken(url, token)
    if (!saysNothing(answer.status)) return { kind: 'done', value: answer }
    const retryAfterMs = retryAfterIn(answer.retryAfter ?? '', now()) ?? 0
    const said = `the service does not say who is logged in, HTTP ${answer.status}`
    return { kind: 'trouble', said, retryAfterMs }
  } catch (cause) {
    if (!(cause instanceof SyncError)) throw cause
    return { kind: 'trouble', said: cause.what, retryAfterMs: 0 }
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
