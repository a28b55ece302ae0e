import { advice, command, specKitty, withRemark, type Remedy } from '../base/remedies.ts'
import type { BlockedReason } from '../journal/capture-outcome.ts'
import type { Batch, DeliveryReceiver, GateAnswer, PostAnswer } from './contract.ts'
import { HttpClient } from './http.ts'

/** The login as the receiver needs it at the moment of sending; undefined if nobody is logged in. */
export interface Access {
  readonly accessToken: string
  readonly userEmail: string
  /** The private teamspace; undefined if the login has none. */
  readonly teamSlug?: string | undefined
}

export interface TeamspaceOptions {
  readonly serverUrl: string
  /** `SPEC_KITTY_ENABLE_SAAS_SYNC` is on. */
  readonly enabled: boolean
  /** Who the target belongs to; known without network, also while the login has lapsed. */
  readonly userEmail?: string | undefined
  readonly teamSlug?: string | undefined
  /**
   * A token that is good now, renewed if need be. With a token that was refused: another one, renewed
   * once.
   */
  readonly access: (refused?: string) => Promise<Access | undefined>
  readonly compress?: boolean | undefined
}

/** The hosted service: bearer token, team header, and its three gates (SYNC/T034). */
export function teamspaceReceiver(options: TeamspaceOptions): DeliveryReceiver {
  const { serverUrl, teamSlug, userEmail } = options
  const identity = { kind: 'teamspace', url: serverUrl, teamSlug, userEmail } as const
  const batchUrl = `${serverUrl}/api/v1/events/batch/`
  const client = new HttpClient({
    identity,
    batchUrl,
    healthUrl: `${serverUrl}/api/v1/sync/health/`,
    compress: options.compress,
    headers: async () => authorization(options, await options.access()),
  })
  return {
    identity,
    endpoint: batchUrl,
    gate: () => teamspaceGate(options),
    describe: () => client.describe(),
    team: teamSlug,
    post: (batch) => postRenewing(options, client, batch),
    close: () => client.close(),
  }
}

/**
 * A token that is refused before its time (a restored server, a session ended elsewhere) is renewed once,
 * and the batch is sent once more.
 */
async function postRenewing(
  options: TeamspaceOptions,
  client: HttpClient,
  batch: Batch,
): Promise<PostAnswer> {
  const login = await loginOrFailure(() => options.access())
  const answer = await postAs(login, options, client, batch)
  const isRefused = answer.kind === 'denied' && answer.category === 'auth_expired'
  if (!isRefused || login instanceof Error || login === undefined) return answer
  const renewed = await loginOrFailure(() => options.access(login.accessToken))
  if (renewed === undefined) return answer
  if (!(renewed instanceof Error) && renewed.accessToken === login.accessToken) return answer
  return postAs(renewed, options, client, batch)
}

/** No batch leaves without its authorization: a logout during a drain ends it. */
async function postAs(
  login: Access | Error | undefined,
  options: TeamspaceOptions,
  client: HttpClient,
  batch: Batch,
): Promise<PostAnswer> {
  if (login instanceof Error)
    return { kind: 'later', category: 'unreachable', detail: login.message }
  if (login === undefined)
    return { kind: 'denied', category: 'auth_expired', detail: 'nobody is logged in any more' }
  return client.post(batch, authorization(options, login))
}

function authorization(
  { teamSlug }: TeamspaceOptions,
  login: Access | undefined,
): Record<string, string> {
  const team = login?.teamSlug ?? teamSlug
  return {
    ...(login !== undefined && { authorization: `Bearer ${login.accessToken}` }),
    ...(team !== undefined && { 'x-team-slug': team }),
  }
}

/** In the order in which an operator would have to open them. */
async function teamspaceGate({ enabled, access }: TeamspaceOptions): Promise<GateAnswer> {
  if (!enabled)
    return closed(
      'saas_disabled',
      'sync is switched off',
      withRemark(command('export', 'SPEC_KITTY_ENABLE_SAAS_SYNC=1'), 'then repeat the command'),
    )
  const login = await loginOrFailure(() => access())
  if (login instanceof Error)
    return closed(
      'network_unavailable',
      login.message,
      advice('repeat the command when the network is back'),
    )
  if (login === undefined)
    return closed('missing_auth', 'nobody is logged in', specKitty('auth', 'login', '--headless'))
  if (login.teamSlug === undefined)
    return closed(
      'private_teamspace_gate',
      'the login has no private teamspace',
      advice('ask the owner of your team for one, then run: spec-kitty auth login --headless'),
    )
  return { kind: 'open' }
}

/** Renewing a token may need the network; that it is away is a closed gate, not an accident. */
async function loginOrFailure(
  access: () => Promise<Access | undefined>,
): Promise<Access | Error | undefined> {
  try {
    return await access()
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause))
  }
}

function closed(reason: BlockedReason, what: string, remedy: Remedy): GateAnswer {
  return { kind: 'closed', reason, what, remedy }
}
