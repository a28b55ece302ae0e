import { setTimeout as sleep } from 'node:timers/promises'
import { activeTeam, deviceLogin, requireTarget, writeSession } from '../../sync/index.ts'
import { flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf } from './call-context.ts'

/** Device login; the code goes to standard error so that `--json` stays clean. */
export async function run(call: Call): Promise<number> {
  const { io } = call
  const foreground = foregroundOf(call)
  const { resolvedServerUrl } = requireTarget(foreground)
  const session = await deviceLogin(resolvedServerUrl, {
    now: io.now,
    sleep: (delayMs) => sleep(delayMs),
    show: ({ userCode, verificationUri, verificationUriComplete, expiresInS }) => {
      const direct =
        verificationUriComplete === undefined ? '' : `  or:   ${verificationUriComplete}\n`
      io.err(`Visit:  ${verificationUri}\nCode:   ${userCode}\n${direct}`)
      io.err(`Waiting for your approval, at most ${Math.ceil(expiresInS / 60)} min …\n`)
    },
  })
  writeSession(foreground.paths.session, session)
  const team = activeTeam(session)
  const facts = { email: session.email, team: team?.id ?? null, server_url: session.serverUrl }
  if (flag(call, 'json')) printJson(io, { ok: true, ...facts })
  else io.out(`Logged in as ${facts.email} (team ${facts.team ?? 'none'}) at ${facts.server_url}\n`)
  return 0
}
