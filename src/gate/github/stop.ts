import { GateStop, type StopReport } from '../verdict.ts'

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
  | 'transferred'
  | 'unreadable'
  | 'token-switched'
  | 'write-refused'

/**
 * A request to GitHub that did not succeed. `effect` says what a write may have done: `none` when
 * GitHub certainly refused it, `unknown` when it may have been stored although no answer came.
 */
export class GitHubStop extends GateStop {
  readonly kind: StopKind
  readonly effect: 'none' | 'unknown'
  /** How long GitHub asks to wait before trying again; null where it does not say. */
  readonly retryAfterMs: number | null

  constructor(kind: StopKind, report: StopReport, retryAfterMs: number | null = null) {
    super(report)
    this.kind = kind
    this.effect = effects[kind]
    this.retryAfterMs = retryAfterMs
  }
}

const effects: Readonly<Record<StopKind, 'none' | 'unknown'>> = {
  unreachable: 'unknown',
  timeout: 'unknown',
  'server-error': 'unknown',
  unreadable: 'unknown',
  unauthorized: 'none',
  forbidden: 'none',
  'not-found': 'none',
  rejected: 'none',
  'rate-limited': 'none',
  moved: 'none',
  transferred: 'none',
  'token-switched': 'none',
  'write-refused': 'none',
}

/** What to do next, per kind. One line, in the operator's words. */
const remedies: Readonly<Record<StopKind, string>> = {
  unreachable: 'check the network and github.apiUrl, then run canary-gate doctor',
  timeout: 'check https://www.githubstatus.com and run the gate again',
  'server-error': 'check https://www.githubstatus.com and run the gate again',
  unreadable: 'check that github.apiUrl is the API and not a web page or a proxy',
  unauthorized:
    'set the variable of github.tokenEnv to a valid token, or configure github.tokenCommand',
  forbidden: 'use a token that may write issues, or unset it and configure github.tokenCommand',
  'not-found': 'check github.repositories in the configuration and that the token may see them',
  rejected: 'read what GitHub says about the request; nothing was written',
  'rate-limited': 'wait until the limit has passed and run the gate again',
  transferred: 'have the issue moved back: the gate knows the four issues by number and repository',
  moved: 'write the new name of the repository into github.repositories',
  'token-switched': 'look again who comments are written as, then try again',
  'write-refused': 'nothing was sent; the gate has a closed list of writes and this is not on it',
}

/** Builds the stop for one failed request. GitHub being out of reach is never the product's fault. */
export function gitHubStop(
  kind: StopKind,
  details: { readonly what: string; readonly where: string; readonly retryAfterMs?: number | null },
): GitHubStop {
  const verdict = kind === 'write-refused' ? 'fail' : 'inconclusive'
  const code = kind === 'write-refused' ? kind : `github-${kind}`
  const report = { what: details.what, where: details.where, next: remedies[kind] } as const
  return new GitHubStop(
    kind,
    { code, verdict, cause: 'environment', ...report },
    details.retryAfterMs,
  )
}
