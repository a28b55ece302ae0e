import { SyncError } from '../errors.ts'
import { ENDPOINT_PLACE } from '../receivers/external.ts'
import { commandOf } from '../remedy.ts'
import { canonicalUrl } from '../target/url.ts'
import { modeOf } from './delivery-mode.ts'
import type { Foreground } from './foreground.ts'

/** Why no daemon can be started at this moment. */
export interface Obstacle {
  readonly what: string
  readonly where: string
  readonly next: string
}

/**
 * What stands between this home and a daemon; undefined if nothing does. Pure.
 * @throws {BoundaryError} `config-invalid` if config.toml names a mode that does not exist
 */
export function startObstacle(foreground: Foreground): Obstacle | undefined {
  const { paths, config, resolution, isSyncEnabled } = foreground
  switch (modeOf(foreground).delivery) {
    case 'none':
      return {
        what: 'the mode keeps events on this machine',
        where: `${paths.config}, [event_sync] mode`,
        next: 'run: spec-kitty sync mode TEAMSPACE',
      }
    case 'external':
      return endpointObstacle(config.externalEndpoint)
    case 'teamspace': {
      if (resolution.kind === 'refused') return resolution.error
      return isSyncEnabled ? undefined : SWITCHED_OFF
    }
  }
}

function endpointObstacle(endpoint: string | undefined): Obstacle | undefined {
  if (endpoint === undefined) return NO_ENDPOINT
  try {
    canonicalUrl(endpoint, ENDPOINT_PLACE)
    return undefined
  } catch (cause) {
    if (cause instanceof SyncError) return cause
    throw cause
  }
}

const NO_ENDPOINT: Obstacle = {
  what: 'the mode EXTERNAL_RECEIVER needs an address to send to',
  ...ENDPOINT_PLACE,
}

const SWITCHED_OFF: Obstacle = {
  what: 'sync is switched off',
  where: 'SPEC_KITTY_ENABLE_SAAS_SYNC',
  next: 'run: export SPEC_KITTY_ENABLE_SAAS_SYNC=1',
}

/** The command that ends a wrong daemon: where none could start in its place, it is only ended. */
export function daemonRemedy(foreground: Foreground): string {
  return startObstacle(foreground) === undefined
    ? 'spec-kitty sync daemon restart'
    : 'spec-kitty sync daemon stop'
}

const LOGIN = 'spec-kitty auth login --headless'

/** The next command on the way to a login: without one server, the server comes first. */
export function loginRemedy({ resolution }: Foreground): string {
  return resolution.kind === 'refused' ? commandOf(resolution.error.next) : LOGIN
}

/**
 * What moves documents while nobody is logged in: a login says whose they are. Where it has to wait for
 * a server, that is the next command.
 */
export function migrateAfterLogin(foreground: Foreground): string {
  const next = loginRemedy(foreground)
  return next === LOGIN ? `${LOGIN} && spec-kitty sync migrate` : next
}
