import { renewedSession, usableSession } from '../auth/access.ts'
import { activeTeam } from '../auth/session.ts'
import { SyncError } from '../base/errors.ts'
import { requireTarget, type CommandContext } from '../context/command-context.ts'
import { modeOf } from '../context/delivery-mode.ts'
import type { DeliveryReceiver } from '../receivers/contract.ts'
import { externalReceiver } from '../receivers/external.ts'
import { teamspaceReceiver, type Access } from '../receivers/teamspace.ts'

/**
 * The receiver that the mode asks for, aimed at the one resolved target; undefined where nothing is
 * delivered.
 */
export function receiverOf(
  context: CommandContext,
  now: () => number,
): DeliveryReceiver | undefined {
  const { delivery } = modeOf(context)
  switch (delivery) {
    case 'none':
      return undefined
    case 'external':
      return externalReceiver({
        endpoint: context.config.externalEndpoint,
        headers: context.config.externalHeaders,
        format: context.config.externalFormat,
        webhookSecret: context.config.externalWebhookSecret,
      })
    case 'teamspace': {
      const { resolvedServerUrl, userId, teamSlug } = requireTarget(context)
      return teamspaceReceiver({
        serverUrl: resolvedServerUrl,
        enabled: context.isSyncEnabled,
        userEmail: userId,
        teamSlug,
        access: (refused) => accessOf(context, now(), refused),
      })
    }
  }
}

/**
 * The login of this command, good now at the resolved server and renewed if need be; undefined if it
 * ended. What somebody else logged in with meanwhile, or at another server, is another login.
 * @param refused an access token that the server did not take although its time is not over
 */
export async function accessOf(
  { session: own, paths }: CommandContext,
  now: number,
  refused?: string,
): Promise<Access | undefined> {
  if (own === undefined) return undefined
  try {
    const session = await (refused === undefined
      ? usableSession(paths.session, now)
      : renewedSession(paths.session, refused, now))
    if (session.serverUrl !== own.serverUrl || session.email !== own.email) return undefined
    return {
      accessToken: session.accessToken,
      userEmail: session.email,
      teamSlug: activeTeam(session)?.id,
    }
  } catch (cause) {
    if (cause instanceof SyncError && cause.code === 'not-logged-in') return undefined
    throw cause
  }
}
