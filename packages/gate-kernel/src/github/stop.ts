import { GateStop, type StopReport } from '../stop/verdict.ts'

export type StopKind =
  | 'unreachable'
  | 'timeout'
  | 'server-error'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'rejected'
  | 'rate-limited'
  | 'moved'
  | 'led-away'
  | 'no-graphql'
  | 'transferred'
  | 'unreadable'
  | 'token-switched'
  | 'write-refused'

/**
 * A request to GitHub that did not succeed. `effect` says what a write may have done: `none` only
 * where the request never left the process. Whatever was answered, a request that was sent may have
 * been stored: a proxy, a limit or a lost token may refuse what GitHub has already accepted. Only a
 * read tells.
 */
export class GitHubStop extends GateStop {
  readonly kind: StopKind
  readonly effect: 'none' | 'unknown'
  /** How long GitHub asks to wait before trying again; null where it does not say. */
  readonly retryAfterMs: number | null

  constructor(kind: StopKind, report: StopReport, retryAfterMs: number | null = null) {
    super(report)
    this.kind = kind
    this.effect = kind === 'write-refused' ? 'none' : 'unknown'
    this.retryAfterMs = retryAfterMs
  }
}

/** What to do next, per kind. One line, in the operator's words. */
const remedies: Readonly<Record<StopKind, string>> = {
  unreachable: 'check the network and github.apiUrl',
  timeout: 'check https://www.githubstatus.com and run the gate again',
  'server-error': 'check https://www.githubstatus.com and run the gate again',
  unreadable: 'check that github.apiUrl is the API and not a web page or a proxy',
  unauthorized:
    'set the variable of github.tokenEnv to a valid token, or configure github.tokenCommand',
  forbidden: 'use a token that may write issues, or unset it and configure github.tokenCommand',
  'not-found': 'check github.repositories in the configuration and that the token may see them',
  rejected: 'read what GitHub says about the request',
  'rate-limited': 'wait until the limit has passed and run the gate again',
  transferred: 'have the issue moved back: the gate knows its issues by number and repository',
  moved: 'write the new name of the repository into github.repositories',
  'led-away': 'find out who answers at github.apiUrl; a redirect to another host is not followed',
  'no-graphql': 'nothing: what GraphQL would tell is read from the timeline',
  'token-switched': 'look again who comments are written as, then try again',
  'write-refused': 'nothing was sent; the gate has a closed list of writes and this is not on it',
}

/** Kinds that may pass by themselves, so that a read is worth repeating. */
const passing: ReadonlySet<StopKind> = new Set([
  ...(['unreachable', 'timeout', 'server-error', 'unreadable'] as const),
])

/** Whether the same read may succeed a moment later. */
export const mayPass = ({ kind }: GitHubStop): boolean => passing.has(kind)

/** Builds the stop for one failed request. GitHub being out of reach is never the product's fault. */
export function gitHubStop(
  kind: StopKind,
  details: {
    readonly what: string
    readonly where: string
    readonly retryAfterMs?: number | null
    /** What to do, where GitHub says it more exactly than the kind does. */
    readonly next?: string
  },
): GitHubStop {
  const verdict = kind === 'write-refused' ? 'fail' : 'inconclusive'
  const code = kind === 'write-refused' ? kind : `github-${kind}`
  const { what, where, next = remedies[kind] } = details
  const report = { what, where, next, ...(kind === 'unreachable' && { command: ['doctor'] }) }
  return new GitHubStop(
    kind,
    { code, verdict, cause: 'environment', ...report },
    details.retryAfterMs,
  )
}
