import { usableSession } from '../auth/access.ts'
import { activeTeam } from '../auth/session.ts'
import { BoundaryError } from '../boundary/error.ts'
import { requireTarget, type Foreground } from '../boundary/foreground.ts'
import { modeOf } from '../boundary/delivery-mode.ts'
import type { DeliveryReceiver } from '../receivers/contract.ts'
import { externalReceiver } from '../receivers/external.ts'
import { teamspaceReceiver, type Access } from '../receivers/teamspace.ts'

/**
 * The receiver that the mode asks for, aimed at the one resolved target; undefined where nothing is
 * delivered.
 */
export function receiverOf(
  foreground: Foreground,
  now: () => number,
): DeliveryReceiver | undefined {
  const { delivery } = modeOf(foreground)
  switch (delivery) {
    case 'none':
      return undefined
    case 'external':
      return externalReceiver({
        endpoint: foreground.config.externalEndpoint,
        headers: foreground.config.externalHeaders,
      })
    case 'teamspace': {
      const { resolvedServerUrl, userId, teamSlug } = requireTarget(foreground)
      return teamspaceReceiver({
        serverUrl: resolvedServerUrl,
        enabled: foreground.isSyncEnabled,
        userEmail: userId,
        teamSlug,
        access: () => accessOf(foreground, now()),
      })
    }
  }
}

/** A login that is good now at the resolved server, renewed if need be; undefined if there is none. */
export async function accessOf(foreground: Foreground, now: number): Promise<Access | undefined> {
  if (foreground.session === undefined) return undefined
  try {
    const session = await usableSession(foreground.paths.session, now)
    return {
      accessToken: session.accessToken,
      userEmail: session.email,
      teamSlug: activeTeam(session)?.id,
    }
  } catch (cause) {
    if (cause instanceof BoundaryError && cause.code === 'not-logged-in') return undefined
    throw cause
  }
}
