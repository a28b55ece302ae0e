import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import { inconclusive } from '../stop/verdict.ts'

const pollMs = 100

/**
 * Runs `body` while no other publisher of this checkout does. The lock is an open SQLite transaction:
 * the operating system releases it when its holder dies, so there is no stale lock to remove by hand
 * (a file with a process number in it was rejected: the number may belong to somebody else by then).
 *
 * @param waitMs how long to wait for another publisher before giving up
 */
export async function withPublicationLock<Result>(
  runFolder: string,
  waitMs: number,
  body: () => Promise<Result>,
): Promise<Result> {
  const file = join(dirname(runFolder), '.publication-lock')
  await mkdir(dirname(file), { recursive: true })
  // Loaded here: every requirement's process loads this module, one of them publishes.
  const { default: Sqlite } = await import('better-sqlite3')
  const lock = new Sqlite(file, { timeout: 0 })
  try {
    await acquire(lock, file, waitMs)
    return await body()
  } finally {
    lock.close()
  }
}

async function acquire(lock: Database.Database, file: string, waitMs: number): Promise<void> {
  for (let waited = 0; ; waited += pollMs) {
    try {
      lock.exec('BEGIN EXCLUSIVE')
      return
    } catch (error) {
      if (!isBusy(error)) throw error
      if (waited >= waitMs) throw held(file)
      await pause(pollMs)
    }
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY'

const held = (file: string): Error =>
  inconclusive({
    code: 'publication-under-way',
    what: 'another process is publishing',
    where: file,
    next: 'wait until it has ended, then complete the publication',
    command: ['publish', '--resume'],
  })
