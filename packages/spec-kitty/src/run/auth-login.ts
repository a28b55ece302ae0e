import { setTimeout as sleep } from 'node:timers/promises'
import {
  activeTeam,
  deviceLogin,
  openJournal,
  prepareSession,
  requireTarget,
  writeSession,
} from '@canary-gate/sync-engine'
import type { Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { agreeFor, contextOf, projectHere } from './call-context.ts'

/** Device login; the code goes to standard error so that `--json` stays clean. */
export async function run(call: Call): Promise<number> {
  const { io } = call
  const context = contextOf(call)
  const { resolvedServerUrl } = requireTarget(context)
  prepareSession(context.paths.session)
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
  writeSession(context.paths.session, session)
  const agreed = agreeHere(call)
  const team = activeTeam(session)
  const facts = { email: session.email, team: team?.id ?? null, server_url: session.serverUrl }
  const text = `Logged in as ${facts.email} (team ${facts.team ?? 'none'}) at ${facts.server_url}\n${agreed}`
  return finish(call, 0, { json: facts, text })
}

/** Where sync is switched on, a login in a project agrees for it. */
function agreeHere(call: Call): string {
  const project = projectHere(call)
  if (project === undefined) return ''
  const context = contextOf(call)
  const journal = openJournal({ home: context.paths.home, now: call.io.now, frees: true })
  try {
    const isNew = agreeFor(call, context, project, journal)
    return isNew ? `Events of project ${project.slug} go to this account.\n` : ''
  } finally {
    journal.close()
  }
}
