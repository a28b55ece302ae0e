import { accountName } from '../target/account.ts'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { activeTeam, isUsable, readSession, type Session } from '../auth/session.ts'
import { resolveTarget, type TargetResolution, type ResolvedSyncTarget } from '../target/resolve.ts'
import { readConfig, type Config } from '../home/config-file.ts'
import { checkHome, homeFolder, homePaths, type HomePaths } from '../home/home.ts'
import { readIfPresent } from '../home/files.ts'
import type { Identity } from './identity.ts'
import { queueDbPath } from '../target/scope.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface ProcessEnvironment {
  readonly env: Environment
  /** Version of this program. */
  readonly version: string
  /** The file this program was started from. */
  readonly program: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** One process of this program, resolved once: every surface works with this and nothing else. */
export interface CommandContext {
  readonly paths: HomePaths
  readonly config: Config
  /** The login at the resolved server, if it has not ended. A login elsewhere is none: its token must
   * never reach another server. */
  readonly session: Session | undefined
  /** Whose login is stored here, also one that has ended or is for another server; empty for none. */
  readonly account: string
  readonly resolution: TargetResolution
  readonly identity: Identity
  /** `SPEC_KITTY_ENABLE_SAAS_SYNC` is on. */
  readonly isSyncEnabled: boolean
}

/**
 * Reads home, configuration, environment and login and resolves them into one target (SYNC/FR-016).
 * Reads only; asks no network.
 * @throws {SyncError} `home-unsafe`, `config-invalid`
 */
export function openCommandContext(environment: ProcessEnvironment): CommandContext {
  const paths = homePaths(homeFolder(environment.env))
  checkHome(paths.home, process.getuid?.())
  const config = readConfig(paths.config)
  const server = serverOf(resolve(environment.env, paths, config, undefined))
  const stored = readSession(paths.session)
  const session =
    stored !== undefined && isFor(stored, server, environment.now) ? stored : undefined
  const resolution = resolve(environment.env, paths, config, session)
  const target = resolution.kind === 'resolved' ? resolution.target : undefined
  return {
    paths,
    config,
    session,
    account: accountName(stored?.email),
    resolution,
    identity: identityOf(environment, paths, session, target),
    isSyncEnabled: /^(1|true|yes|on)$/i.test(environment.env['SPEC_KITTY_ENABLE_SAAS_SYNC'] ?? ''),
  }
}

/**
 * The target, or the refusal of the resolver.
 * @throws {SyncError} `no-server`, `split-brain`, `url-invalid`
 */
export function requireTarget(context: CommandContext): ResolvedSyncTarget {
  if (context.resolution.kind === 'refused') throw context.resolution.error
  return context.resolution.target
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
  environment: ProcessEnvironment,
  paths: HomePaths,
  session: Session | undefined,
  target: ResolvedSyncTarget | undefined,
): Identity {
  const program = realOr(environment.program)
  return {
    package_version: environment.version,
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
