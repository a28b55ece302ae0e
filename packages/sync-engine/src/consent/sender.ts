/**
 * Whom a drain delivers for. A login takes what was captured under it, an endpoint of the operator's own
 * takes what each account has agreed to.
 */
export interface Sender {
  readonly kind: 'login' | 'endpoint'
  /** The account of the login, or of this home where an endpoint is served; empty for none. */
  readonly account: string
  /** The name that rows of an old queue of this login's scope carry, if there is a scope. */
  readonly queueName?: string | undefined
}
