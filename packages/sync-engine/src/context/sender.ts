import type { Sender } from '../consent/sender.ts'
import { scopeDigest } from '../target/scope.ts'
import type { CommandContext } from './command-context.ts'
import { modeOf } from './delivery-mode.ts'

/** Whom a drain of this process delivers for. */
export function senderOf(context: CommandContext): Sender {
  const scope = context.identity.auth_scope
  const queueName = scope === null ? undefined : `queue-${scopeDigest(scope)}`
  const kind = modeOf(context).delivery === 'external' ? 'endpoint' : 'login'
  return { kind, account: context.account, queueName }
}

/** Whether events of this home are delivered at all, so that being in a project agrees for it. */
export function isDelivering(context: CommandContext): boolean {
  switch (modeOf(context).delivery) {
    case 'none':
      return false
    case 'external':
      return context.config.externalEndpoint !== undefined
    case 'teamspace':
      return context.isSyncEnabled && context.session !== undefined
  }
}
