import { SyncError } from '../errors.ts'
import { BoundaryError } from './error.ts'
import { inWords } from './in-words.ts'
import { permissionCommand } from './permission.ts'

/** What every expected refusal says, whichever room it comes from. */
export interface Refusal {
  readonly code: string
  readonly what: string
  readonly where: string
  readonly next: string
}

/**
 * The refusal that an error is, or undefined for a bug. What the operating system does not let this
 * user do is no bug either: a home that was once used with `sudo` ends here.
 */
export function refusalOf(cause: unknown): Refusal | undefined {
  if (cause instanceof BoundaryError || cause instanceof SyncError) return cause
  return cause instanceof Error && 'code' in cause ? fromSystem(cause) : undefined
}

/** Whether an error is an expected refusal; everything else is a bug. */
export function isRefusal(cause: unknown): boolean {
  return refusalOf(cause) !== undefined
}

function fromSystem(cause: Error & { code: unknown; path?: unknown }): Refusal | undefined {
  const where = typeof cause.path === 'string' ? cause.path : 'the home folder'
  switch (cause.code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_READONLY':
      return {
        code: 'home-not-writable',
        what: inWords(cause),
        where,
        next: nextFor(cause.path),
      }
    case 'ENOSPC':
    case 'SQLITE_FULL':
      return {
        code: 'disk-full',
        what: 'the disk is full',
        where,
        next: 'free some space and repeat the command',
      }
    default:
      return cause.path === undefined ? undefined : outOfPlace(cause, where)
  }
}

/** What is the user's own is a command away; for all else somebody has to think. */
function nextFor(path: unknown): string {
  const command = typeof path === 'string' ? permissionCommand(path) : undefined
  return command === undefined
    ? 'make it yours (chown, chmod), or set SPEC_KITTY_HOME to a folder of your own'
    : `run: ${command} (as its owner)`
}

const OUT_OF_PLACE: ReadonlySet<unknown> = new Set([
  'EISDIR',
  'ENOTDIR',
  'EEXIST',
  'ENOENT',
  'ELOOP',
  'ENAMETOOLONG',
])

/** Something else than the command needs lies at the path, or nothing. */
function outOfPlace(cause: Error & { code: unknown }, where: string): Refusal | undefined {
  if (!OUT_OF_PLACE.has(cause.code)) return undefined
  return {
    code: 'path-unusable',
    what: inWords(cause),
    where,
    next: 'look at that path; move away what lies there, or name another one',
  }
}
