import { takeFileLock, type FileLock } from '../base/file-lock.ts'
import { isThere } from '../base/present.ts'
import { holdsOpen } from '../base/process-age.ts'

/** The right to be the daemon of a home. */
export type DaemonLock = FileLock

/**
 * Takes the lock, or returns undefined while another process has it.
 * @param waitMs how long to wait for it
 */
export function takeLock(path: string, waitMs: number): DaemonLock | undefined {
  return takeFileLock(path, waitMs)
}

/** Whether a daemon of this home lives, whoever it is. */
export function isLocked(path: string): boolean {
  if (!isThere(path)) return false
  const lock = takeLock(path, 0)
  lock?.release()
  return lock === undefined
}

/**
 * Whether this process holds the lock's file open: proof that it is our daemon although it does not
 * answer. Where the platform cannot tell, the answer is no.
 */
export function holdsLock(pid: number, path: string): boolean {
  return isThere(path) && isLocked(path) && holdsOpen(pid, path)
}
