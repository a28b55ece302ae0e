import { makeFolder } from '../base/make-folder.ts'
import { advice, command, withRemark, type Remedy } from '../base/remedies.ts'
import { statSync, type Stats } from 'node:fs'
import { userInfo } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { SyncError } from '../base/errors.ts'

/** Everything the engine keeps for one user lies below one folder; files are 0600, folders 0700. */
export interface HomePaths {
  readonly home: string
  readonly config: string
  readonly session: string
  readonly clock: string
  readonly legacyQueue: string
  readonly queues: string
  readonly daemon: string
  readonly owner: string
  readonly daemonLock: string
  readonly daemonLog: string
  readonly migrationLog: string
  readonly archives: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The home folder: `SPEC_KITTY_HOME` as it stands, else `~/.spec-kitty`; an empty value is unset.
 * @throws {SyncError} `home-not-writable` where neither is known
 */
export function homeFolder(env: Environment): string {
  const named = env['SPEC_KITTY_HOME']
  if (named !== undefined && named !== '') return resolve(named)
  const user = env['HOME']
  // One that is empty or relative would be another home in every folder that a command runs in.
  return join(user !== undefined && isAbsolute(user) ? user : userFolder(), '.spec-kitty')
}

/** A user that the system has no entry of has no folder either. */
function userFolder(): string {
  try {
    return userInfo().homedir
  } catch (cause) {
    throw new SyncError(
      {
        code: 'home-not-writable',
        what: 'the system knows no home folder of this user',
        where: 'HOME',
        remedy: advice('set SPEC_KITTY_HOME to a folder of your own'),
      },
      { cause },
    )
  }
}

/** Name of the file that a daemon locks; it is in the folder of its record. */
export const DAEMON_LOCK = 'lock.db'

/** The files of a home. Pure: nothing is created and nothing is migrated by asking for a path. */
export function homePaths(home: string): HomePaths {
  const daemon = join(home, 'daemon')
  return {
    home,
    config: join(home, 'config.toml'),
    session: join(home, 'auth', 'session.json'),
    clock: join(home, 'clock.json'),
    legacyQueue: join(home, 'queue.db'),
    queues: join(home, 'queues'),
    daemon,
    owner: join(daemon, 'owner.json'),
    daemonLock: join(daemon, DAEMON_LOCK),
    daemonLog: join(daemon, 'daemon.log'),
    migrationLog: join(home, 'logs', 'migration.log'),
    archives: join(home, 'archives'),
  }
}

/** Makes the folder (mode 0700) unless it exists. */
export function privateFolder(path: string): string {
  makeFolder(path)
  return path
}

/**
 * Refuses a home that others could change: queued work and the login are in it. An absent home is
 * fine, it will be created private.
 * @param uid the effective user, undefined where the platform has none
 * @throws {SyncError} `home-unsafe`, `home-not-writable`
 */
export function checkHome(home: string, uid: number | undefined): void {
  const found = statSync(home, { throwIfNoEntry: false })
  if (found === undefined) return
  const unsafe = unsafeReason(home, found, uid)
  if (unsafe === undefined) return
  throw new SyncError({ code: 'home-unsafe', where: home, ...unsafe })
}

function unsafeReason(
  home: string,
  found: Pick<Stats, 'uid' | 'mode' | 'isDirectory'>,
  uid: number | undefined,
): { what: string; remedy: Remedy } | undefined {
  if (!found.isDirectory())
    return {
      what: 'the home is not a folder',
      remedy: advice('move that file away, or set SPEC_KITTY_HOME'),
    }
  if (uid !== undefined && found.uid !== uid)
    return {
      what: `the home belongs to user ${found.uid}, you are user ${uid}`,
      remedy: advice(
        'set SPEC_KITTY_HOME to a folder of your own, or run the command as its owner',
      ),
    }
  if ((found.mode & 0o022) !== 0)
    return {
      what: `the home can be changed by other users (mode ${(found.mode & 0o777).toString(8)})`,
      remedy: withRemark(command('chmod', '700', home), 'after a look at what is in it'),
    }
  return undefined
}
