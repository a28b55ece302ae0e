import { MODES, modeNamed, type EventSyncConfig } from '../config/modes.ts'
import type { TargetIdentity } from '../delivery/targets.ts'
import { ENDPOINT_PLACE } from '../receivers/external.ts'
import { canonicalUrl } from '../target/url.ts'
import { BoundaryError } from './error.ts'
import type { Foreground } from './foreground.ts'

/**
 * The mode in force.
 * @throws {BoundaryError} `config-invalid` if config.toml names a mode that does not exist
 */
export function modeOf({ config, paths }: Foreground): EventSyncConfig {
  if (config.mode === undefined) return MODES.TEAMSPACE
  const mode = modeNamed(config.mode)
  if (mode !== undefined) return mode
  throw new BoundaryError({
    code: 'config-invalid',
    what: `"${config.mode}" is no mode`,
    where: `${paths.config}, [event_sync] mode`,
    next: 'run: spec-kitty sync mode TEAMSPACE',
  })
}

/**
 * The target that a drain would serve at this moment; undefined if there is none.
 * @throws {SyncError} `url-invalid` if the address of the external receiver is none
 */
export function currentIdentity(foreground: Foreground): TargetIdentity | undefined {
  const { delivery } = modeOf(foreground)
  const { externalEndpoint } = foreground.config
  switch (delivery) {
    case 'none':
      return undefined
    case 'external':
      return externalEndpoint === undefined
        ? undefined
        : { kind: 'external', url: canonicalUrl(externalEndpoint, ENDPOINT_PLACE) }
    case 'teamspace': {
      if (foreground.resolution.kind === 'refused') return undefined
      const { resolvedServerUrl, teamSlug, userId } = foreground.resolution.target
      return { kind: 'teamspace', url: resolvedServerUrl, teamSlug, userEmail: userId }
    }
  }
}
