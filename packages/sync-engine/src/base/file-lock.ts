import { makeFolder } from './make-folder.ts'
import Database from 'better-sqlite3'
import { dirname } from 'node:path'
import { makePrivate, naming } from './sqlite.ts'

/** A right that one process has at a time; the operating system takes it back when the process ends. */
export interface FileLock extends Disposable {
  readonly release: () => void
}

/**
 * Takes the lock of a file, or returns undefined while another process has it. It is an exclusive
 * transaction on a database of its own, which is a lock of the file system: it holds between
 * containers that share a volume, where a process id says nothing, and no crash leaves it behind.
 * @param waitMs how long to wait for it; the thread is blocked meanwhile
 * @throws {Error} what the file system refuses
 */
export function takeFileLock(path: string, waitMs: number): FileLock | undefined {
  makeFolder(dirname(path))
  return naming(path, () => takeDatabaseLock(path, waitMs))
}

function takeDatabaseLock(path: string, waitMs: number): FileLock | undefined {
  makePrivate(path)
  const db = new Database(path, { timeout: waitMs })
  try {
    db.exec('BEGIN EXCLUSIVE')
    const release = (): void => void db.close()
    return { release, [Symbol.dispose]: release }
  } catch (cause) {
    db.close()
    if (cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY'))
      return undefined
    throw cause
  }
}

/** Longer than a small file is ever written for, also on a disk that is slow. */
const BRIEF_MS = 5_000

/**
 * Does what reads a small file and writes it again while no other process does the same: neither change is
 * lost. Where the file system has no locks, or refuses one, it is done all the same.
 */
export function alone<T>(path: string, change: () => T): T {
  const lock = lockIfPossible(path)
  try {
    return change()
  } finally {
    lock?.release()
  }
}

function lockIfPossible(path: string): FileLock | undefined {
  try {
    return takeFileLock(path, BRIEF_MS)
  } catch {
    return undefined
  }
}

/** How often a waiting process asks again. */
const POLL_MS = 50

/**
 * The same without blocking the thread, for work that others do over the network meanwhile.
 * @returns undefined if another process has it for longer than `waitMs`
 */
export async function waitForFileLock(path: string, waitMs: number): Promise<FileLock | undefined> {
  const turns = Math.ceil(waitMs / POLL_MS)
  for (let turn = 0; ; turn += 1) {
    const lock = takeFileLock(path, 0)
    if (lock !== undefined || turn >= turns) return lock
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
