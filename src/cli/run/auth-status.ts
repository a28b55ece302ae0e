import { loginRemedy } from '../../sync/index.ts'
import { flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

export function run(call: Call): number {
  const foreground = foregroundOf(call)
  const { session, identity } = foreground
  const facts = {
    authenticated: session !== undefined,
    email: session?.email ?? null,
    team: identity.auth_team,
    server_url: identity.server_url,
    access_token_expires_at: session?.accessExpiresAt ?? null,
  }
  if (flag(call, 'json')) printJson(call.io, facts)
  else if (session === undefined)
    call.io.out(`Nobody is logged in. Run: ${loginRemedy(foreground)}\n`)
  else call.io.out(`${session.email} (team ${facts.team ?? 'none'}) at ${session.serverUrl}\n`)
  return session === undefined ? 1 : 0
}
