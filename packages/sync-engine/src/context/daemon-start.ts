import { command, followedBy, specKitty, type Remedy } from '../base/remedies.ts'
import { SyncError } from '../base/errors.ts'
import { ENDPOINT_PLACE } from '../target/url.ts'
import { endpointUrl } from '../target/url.ts'
import { modeOf } from './delivery-mode.ts'
import type { CommandContext } from './command-context.ts'

/** Why no daemon can be started at this moment. */
export interface Obstacle {
  readonly what: string
  readonly where: string
  readonly remedy: Remedy
}

/**
 * What stands between this home and a daemon; undefined if nothing does. Pure.
 * @throws {SyncError} `config-invalid` if config.toml names a mode that does not exist
 */
export function startObstacle(context: CommandContext): Obstacle | undefined {
  const { paths, config, resolution, isSyncEnabled } = context
  switch (modeOf(context).delivery) {
    case 'none':
      return {
        what: 'the mode keeps events on this machine',
        where: `${paths.config}, [event_sync] mode`,
        remedy: specKitty('sync', 'mode', 'TEAMSPACE'),
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
    endpointUrl(endpoint)
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
  remedy: command('export', 'SPEC_KITTY_ENABLE_SAAS_SYNC=1'),
}

/** The command that ends a wrong daemon: where none could start in its place, it is only ended. */
export function daemonRemedy(context: CommandContext): Remedy {
  const word = startObstacle(context) === undefined ? 'restart' : 'stop'
  return specKitty('sync', 'daemon', word)
}

const LOGIN = specKitty('auth', 'login', '--headless')

/** The next command on the way to a login: without one server, the server comes first. */
export function loginRemedy({ resolution }: CommandContext): Remedy {
  return resolution.kind === 'refused' ? resolution.error.remedy : LOGIN
}

/**
 * What moves documents while nobody is logged in: a login says whose they are. Where it has to wait for
 * a server, that is the next command.
 */
export function migrateAfterLogin(context: CommandContext): Remedy {
  const next = loginRemedy(context)
  return next === LOGIN ? followedBy(LOGIN, specKitty('sync', 'migrate')) : next
}
