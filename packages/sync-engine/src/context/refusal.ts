import { advice, setAside, withRemark, type Remedy } from '../base/remedies.ts'
import { SyncError, type SyncCode } from '../base/errors.ts'
import { describeCause } from '../base/describe-cause.ts'
import { permissionRemedy } from '../base/permission.ts'

/**
 * The refusal that an error is, or undefined for a bug. What the operating system does not let this
 * user do is not a bug either: a home that was once used with `sudo` ends here.
 */
export function refusalOf(cause: unknown): SyncError | undefined {
  if (cause instanceof SyncError) return cause
  return cause instanceof Error && 'code' in cause ? fromSystem(cause) : undefined
}

type SystemError = Error & { code: unknown; path?: unknown }

function fromSystem(cause: SystemError): SyncError | undefined {
  const where = typeof cause.path === 'string' ? cause.path : 'the home folder'
  const refused = (code: SyncCode, what: string, remedy?: Remedy): SyncError =>
    new SyncError({ code, what, where, ...(remedy && { remedy }) }, { cause })
  const code = String(cause.code)
  if (FORBIDDEN.test(code))
    return refused('home-not-writable', describeCause(cause), ownersRemedy(cause.path))
  if (FULL.test(code)) return refused('disk-full', 'the disk is full')
  if (code.startsWith('SQLITE_BUSY'))
    return refused('journal-busy', 'another process holds it', advice('repeat the command'))
  return typeof cause.path === 'string' ? outOfPlace(cause, cause.path) : undefined
}

// SQLite's codes go on with a reason: SQLITE_READONLY_DIRECTORY, say, where its folder is closed.
const FORBIDDEN = /^(EACCES|EPERM|EROFS|SQLITE_(CANTOPEN|READONLY|PERM)\w*)$/
/** The index of a database's log is a file as well. */
const FULL = /^(ENOSPC|EDQUOT|SQLITE_FULL|SQLITE_IOERR_SHM(SIZE|OPEN|MAP))$/

/** Something else than the command needs is at the path, or nothing. */
function outOfPlace(cause: SystemError, path: string): SyncError | undefined {
  const isDatabase = /^SQLITE_(NOTADB|CORRUPT)/.test(String(cause.code))
  if (!isDatabase && !OUT_OF_PLACE.has(cause.code)) return undefined
  const what = isDatabase
    ? 'it is not the database that a program of this home left there'
    : describeCause(cause)
  const remedy = isDatabase
    ? withRemark(setAside(path), 'nothing is deleted, and a new one is made')
    : undefined
  return new SyncError(
    { code: 'path-unusable', what, where: path, ...(remedy && { remedy }) },
    { cause },
  )
}

/** What is the user's own is a command away; for all else a person has to think. */
function ownersRemedy(path: unknown): Remedy | undefined {
  const remedy = typeof path === 'string' ? permissionRemedy(path) : undefined
  return remedy === undefined || remedy.commands.length === 0
    ? remedy
    : withRemark(remedy, 'as its owner')
}

const OUT_OF_PLACE: ReadonlySet<unknown> = new Set([
  'EISDIR',
  'ENOTDIR',
  'EEXIST',
  'ENOENT',
  'ELOOP',
  'ENAMETOOLONG',
])
