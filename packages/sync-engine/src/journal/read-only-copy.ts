import Database from 'better-sqlite3'
import { constants, copyFileSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SyncError } from '../base/errors.ts'
import { MOUNT_FOR_WRITING } from '../base/permission.ts'
import { isThere } from '../base/present.ts'
import type { SqlDatabase } from '../base/sqlite.ts'

/** How often a copy is made anew because the files changed meanwhile, under a mount that others write to. */
const TRIES = 5

/**
 * Opens a journal on a read-only file system, as a disk with errors is mounted: SQLite cannot make the index of
 * the log there. A private copy is read in its place; it loses its names at once, so nothing of it outlives this
 * process.
 * @throws {SyncError} `journal-unreadable` where the temporary folder has no space for it
 */
export function openCopy(path: string): SqlDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-read-'))
  try {
    refuseLarge(path, folder)
    const copy = join(folder, 'journal.db')
    for (let tried = 1; !isCopied(path, copy) && tried < TRIES; tried += 1);
    const db = new Database(copy, { readonly: true })
    // The first look opens the log as well.
    db.pragma('user_version')
    return db
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const LOG = '-wal'

/** Whether file and log stayed as they were meanwhile. */
function isCopied(path: string, copy: string): boolean {
  const before = states(path)
  copyFileSync(path, copy, constants.COPYFILE_FICLONE)
  if (isThere(path + LOG)) copyFileSync(path + LOG, copy + LOG, constants.COPYFILE_FICLONE)
  return states(path) === before
}

function states(path: string): string {
  return [path, path + LOG]
    .map((name) => statSync(name, { throwIfNoEntry: false }))
    .map((found) => `${found?.size ?? ''} ${found?.mtimeMs ?? ''} ${found?.ino ?? ''}`)
    .join()
}

function refuseLarge(path: string, folder: string): void {
  const sizes = [path, path + LOG].map((name) => statSync(name, { throwIfNoEntry: false })?.size)
  const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
  const { bavail, bsize } = statfsSync(folder)
  if (bytes < (bavail * bsize) / 2) return
  throw new SyncError({
    code: 'journal-unreadable',
    what: `it is on a read-only file system, and ${tmpdir()} has no space for the copy that could be read`,
    where: path,
    remedy: MOUNT_FOR_WRITING,
  })
}
