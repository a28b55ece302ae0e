import { specKitty } from '../base/remedies.ts'
import { MODES, modeNamed, type EventSyncConfig } from '../config/modes.ts'
import type { TargetIdentity } from '../target/identity.ts'
import { canonicalUrl, endpointUrl } from '../target/url.ts'
import { SyncError } from '../base/errors.ts'
import type { CommandContext } from './command-context.ts'

/**
 * The mode in force.
 * @throws {SyncError} `config-invalid` if config.toml names a mode that does not exist
 */
export function modeOf({ config, paths }: CommandContext): EventSyncConfig {
  if (config.mode === undefined) return MODES.TEAMSPACE
  const mode = modeNamed(config.mode)
  if (mode !== undefined) return mode
  throw new SyncError({
    code: 'config-invalid',
    what: `"${config.mode}" is not a mode`,
    where: `${paths.config}, [event_sync] mode`,
    remedy: specKitty('sync', 'mode', 'TEAMSPACE'),
  })
}

/**
 * The target that a drain would serve at this moment; undefined if there is none.
 * @throws {SyncError} `url-invalid` if the address of the external receiver is none
 */
export function currentIdentity(context: CommandContext): TargetIdentity | undefined {
  const { delivery } = modeOf(context)
  const { externalEndpoint } = context.config
  switch (delivery) {
    case 'none':
      return undefined
    case 'external':
      return externalEndpoint === undefined
        ? undefined
        : { kind: 'external', url: canonicalUrl(endpointUrl(externalEndpoint)) }
    case 'teamspace': {
      if (context.resolution.kind === 'refused') return undefined
      const { resolvedServerUrl, teamSlug, userId } = context.resolution.target
      return { kind: 'teamspace', url: resolvedServerUrl, teamSlug, userEmail: userId }
    }
  }
}
