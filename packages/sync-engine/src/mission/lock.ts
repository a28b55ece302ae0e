import { join } from 'node:path'
import { sha256 } from '../base/digest.ts'
import { SyncError } from '../base/errors.ts'
import { takeFileLock } from '../base/file-lock.ts'

/** A move is a few milliseconds of work; agents that start together wait for each other. */
const WAIT_MS = 15_000

/**
 * Does what reads a mission and changes it while no other process of this home does the same. Deciding and
 * writing down belong together: otherwise several agents that claim a work package, or create a mission, at the
 * same time would all be told that they did.
 * @throws {SyncError} `journal-busy` if another process has it for too long
 */
export function aloneInMission<T>(home: string, folder: string, change: () => T): T {
  const path = join(home, 'locks', `mission-${sha256(folder).slice(0, 16)}.lock`)
  const lock = takeFileLock(path, WAIT_MS)
  if (lock === undefined)
    throw new SyncError({
      code: 'journal-busy',
      what: 'another process has been changing this mission for too long',
      where: folder,
    })
  try {
    return change()
  } finally {
    lock.release()
  }
}
