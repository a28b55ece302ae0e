import Database from 'better-sqlite3'
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  advice,
  command,
  followedBy,
  setAside,
  specKitty,
  withRemark,
  type Remedy,
} from '../base/remedies.ts'
import { isReadOnly, MOUNT_FOR_WRITING } from '../base/permission.ts'
import { SyncError, type SyncCode } from '../base/errors.ts'

/**
 * A journal that is not a journal any more goes out of the way as a whole, with what its log still holds,
 * once no daemon has it open; the next command begins a new one.
 */
function unusableRemedy(path: string, code: string): Remedy {
  const folder = dirname(path)
  if (isReadOnly(folder)) return MOUNT_FOR_WRITING
  const isForbidden = /^SQLITE_(READONLY|PERM|CANTOPEN)/.test(code)
  if (isForbidden && isFile(path))
    return withRemark(command('chmod', '-R', 'u+rwX', folder), 'as its owner')
  if (/^SQLITE_(NOTADB|CORRUPT|IOERR)/.test(code) && isFile(path))
    return withRemark(
      specKitty('doctor', 'journal', '--repair'),
      'it ends the daemon, puts every event that can be read into a new journal and keeps the damaged files',
    )
  return withRemark(
    followedBy(specKitty('sync', 'daemon', 'stop'), setAside(folder)),
    'nothing is deleted',
  )
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** Turns SQLite's codes into what happened, where and what to do; other errors pass unchanged. */
export function explainSqlite(cause: unknown, path: string): unknown {
  if (!(cause instanceof Database.SqliteError)) return cause
  const say = (code: SyncCode, what: string, remedy: Remedy): SyncError =>
    new SyncError({ code, what, where: path, remedy }, { cause })
  if (['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE'].includes(cause.code))
    return say(
      'disk-full',
      'the disk is full; nothing was changed',
      advice('free some space and repeat'),
    )
  if (cause.code.startsWith('SQLITE_BUSY'))
    return say('journal-busy', 'another process holds the journal', advice('repeat the command'))
  if (/^SQLITE_(NOTADB|CORRUPT|CANTOPEN|IOERR|READONLY|PERM)/.test(cause.code))
    return say(
      'journal-unreadable',
      `the journal cannot be used: ${cause.message}`,
      unusableRemedy(path, cause.code),
    )
  return cause
}
