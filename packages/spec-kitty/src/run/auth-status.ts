import { commandOrRemark, loginRemedy } from '@canary-gate/sync-engine'
import type { Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'

export function run(call: Call): number {
  const context = contextOf(call)
  const { session, identity } = context
  const facts = {
    authenticated: session !== undefined,
    email: session?.email ?? null,
    team: identity.auth_team,
    server_url: identity.server_url,
    access_token_expires_at: session?.accessExpiresAt ?? null,
  }
  const text =
    session === undefined
      ? `Nobody is logged in. Run: ${commandOrRemark(loginRemedy(context))}\n`
      : `${session.email} (team ${facts.team ?? 'none'}) at ${session.serverUrl}\n`
  return finish(call, session === undefined ? 1 : 0, { json: facts, text })
}
