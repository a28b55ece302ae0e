import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { activeTeam, isUsable, readSession, type Session } from '../auth/session.ts'
import { resolveTarget, type TargetResolution, type ResolvedSyncTarget } from '../target/resolve.ts'
import { readConfig, type Config } from './config-file.ts'
import { checkHome, homeFolder, homePaths, type HomePaths } from './home.ts'
import { readIfPresent } from './files.ts'
import type { Identity } from './identity.ts'
import { queueDbPath } from '../target/scope.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface Surroundings {
  readonly env: Environment
  /** Version of this program. */
  readonly version: string
  /** The file this program was started from. */
  readonly program: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** One process of this program, resolved once: every surface works with this and nothing else. */
export interface Foreground {
  readonly paths: HomePaths
  readonly config: Config
  /** The login at the resolved server, if it has not ended. A login elsewhere is none: its token must
   * never reach another server. */
  readonly session: Session | undefined
  readonly resolution: TargetResolution
  readonly identity: Identity
  /** `SPEC_KITTY_ENABLE_SAAS_SYNC` is on. */
  readonly isSyncEnabled: boolean
}

/**
 * Reads home, configuration, environment and login and resolves them into one target (SYNC/FR-016).
 * Reads only; asks no network.
 * @throws {BoundaryError} `home-unsafe`, `config-invalid`
 */
export function openForeground(around: Surroundings): Foreground {
  const paths = homePaths(homeFolder(around.env))
  checkHome(paths.home, process.getuid?.())
  const config = readConfig(paths.config)
  const server = serverOf(resolve(around.env, paths, config, undefined))
  const stored = readSession(paths.session)
  const session = stored !== undefined && isFor(stored, server, around.now) ? stored : undefined
  const resolution = resolve(around.env, paths, config, session)
  const target = resolution.kind === 'resolved' ? resolution.target : undefined
  return {
    paths,
    config,
    session,
    resolution,
    identity: identityOf(around, paths, session, target),
    isSyncEnabled: /^(1|true|yes|on)$/i.test(around.env['SPEC_KITTY_ENABLE_SAAS_SYNC'] ?? ''),
  }
}

/**
 * The target, or the refusal of the resolver.
 * @throws {SyncError} `no-server`, `split-brain`, `url-invalid`
 */
export function requireTarget(foreground: Foreground): ResolvedSyncTarget {
  if (foreground.resolution.kind === 'refused') throw foreground.resolution.error
  return foreground.resolution.target
}

function serverOf(resolution: TargetResolution): string | undefined {
  return resolution.kind === 'resolved' ? resolution.target.resolvedServerUrl : undefined
}

function isFor(session: Session, serverUrl: string | undefined, now: number): boolean {
  return session.serverUrl === serverUrl && isUsable(session, now)
}

function resolve(
  env: Environment,
  paths: HomePaths,
  config: Config,
  session: Session | undefined,
): TargetResolution {
  const team = session === undefined ? undefined : activeTeam(session)
  return resolveTarget({
    home: paths.home,
    configuredServerUrl: config.serverUrl,
    envServerUrl: env['SPEC_KITTY_SAAS_URL'],
    overrideProcess: env['SPEC_KITTY_SAAS_URL_OVERRIDE'] === 'process',
    login:
      session === undefined
        ? undefined
        : { userId: session.email, ...(team === undefined ? {} : { teamSlug: team.id }) },
    activeQueueScope: readIfPresent(join(paths.home, 'active_queue_scope')),
  })
}

function identityOf(
  around: Surroundings,
  paths: HomePaths,
  session: Session | undefined,
  target: ResolvedSyncTarget | undefined,
): Identity {
  const program = realOr(around.program)
  return {
    package_version: around.version,
    executable_path: program,
    source_checkout_path: packageRoot(program),
    server_url: target?.resolvedServerUrl ?? null,
    auth_principal: session?.email ?? null,
    auth_team: target?.teamSlug ?? null,
    auth_scope: target?.derivedQueueScope ?? null,
    queue_db_path: target?.queueDbPath ?? queueDbPath(paths.home, undefined),
  }
}

function realOr(path: string): string {
  return existsSync(path) ? realpathSync(path) : path
}

/** The folder of the package that the program belongs to. */
function packageRoot(program: string): string {
  for (let folder = dirname(program); dirname(folder) !== folder; folder = dirname(folder))
    if (existsSync(join(folder, 'package.json'))) return folder
  return dirname(program)
}
