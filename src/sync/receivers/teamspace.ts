import type { BlockedReason } from '../journal/capture-outcome.ts'
import type { DeliveryReceiver, GateAnswer } from './contract.ts'
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
  /** A token that is good now, renewed if need be. */
  readonly access: () => Promise<Access | undefined>
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
    headers: () => authorization(options),
  })
  return {
    identity,
    endpoint: batchUrl,
    gate: () => teamspaceGate(options),
    describe: () => client.describe(),
    team: teamSlug,
    post: (batch) => client.post(batch),
    close: () => client.close(),
  }
}

async function authorization({
  access,
  teamSlug,
}: TeamspaceOptions): Promise<Record<string, string>> {
  const login = await access()
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
      'run: export SPEC_KITTY_ENABLE_SAAS_SYNC=1 (then repeat the command)',
    )
  const login = await loginOrFailure(access)
  if (login instanceof Error)
    return closed(
      'network_unavailable',
      login.message,
      'repeat the command when the network is back',
    )
  if (login === undefined)
    return closed('missing_auth', 'nobody is logged in', 'run: spec-kitty auth login --headless')
  if (login.teamSlug === undefined)
    return closed(
      'private_teamspace_gate',
      'the login has no private teamspace',
      'ask the owner of your team for one, then run: spec-kitty auth login --headless',
    )
  return { kind: 'open' }
}

/** Renewing a token may need the network; that it is away is a closed gate, not an accident. */
async function loginOrFailure(
  access: TeamspaceOptions['access'],
): Promise<Access | Error | undefined> {
  try {
    return await access()
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause))
  }
}

function closed(reason: BlockedReason, what: string, next: string): GateAnswer {
  return { kind: 'closed', reason, what, next }
}
