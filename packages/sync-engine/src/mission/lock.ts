import { join } from 'node:path'
import { sha256 } from '../base/digest.ts'
import { SyncError } from '../base/errors.ts'
import { takeFileLock, type FileLock } from '../base/file-lock.ts'
import type { Mission } from './folder.ts'

/** A move is a few milliseconds of work; agents that start together wait for each other. */
const WAIT_MS = 15_000

/**
 * The right to change a mission. Deciding on a lane and writing it down belong together: without it,
 * several agents that claim a work package at the same time would all be told that they have it.
 * @throws {SyncError} `journal-busy` if another process has it for too long
 */
export function lockMission(home: string, { folder }: Pick<Mission, 'folder'>): FileLock {
  const path = join(home, 'locks', `mission-${sha256(folder).slice(0, 16)}.lock`)
  const lock = takeFileLock(path, WAIT_MS)
  if (lock !== undefined) return lock
  throw new SyncError({
    code: 'journal-busy',
    what: 'another process has been changing this mission for too long',
    where: folder,
  })
}
