import Database from 'better-sqlite3'
import { closeSync, existsSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SqlDatabase } from '../base/sqlite.ts'
import { removeFile } from '../base/remove-file.ts'

/** Room for the log of one chunk of gc, or for the results of many thousand events. */
const RESERVE_BYTES = 8 * 1024 * 1024

/** Space kept aside, so that a full disk can still be drained and collected: that is what frees it. */
export function reservePath(journalPath: string): string {
  return join(dirname(journalPath), 'reserve')
}

/** Sets the space aside unless it is there. A disk without room for it is no reason to fail. */
export function keepReserve(journalPath: string): void {
  const path = reservePath(journalPath)
  if (existsSync(path)) return
  try {
    fill(path)
  } catch (cause) {
    // Another process set it aside at this very moment; it is not ours to remove.
    if (!isTaken(cause)) removeFile(path)
  }
}

/** Removes the reserve: its space is free for what follows. */
export function giveUpReserve(journalPath: string): void {
  removeFile(reservePath(journalPath))
}

function isTaken(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
}

function fill(path: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    const block = Buffer.alloc(RESERVE_BYTES)
    for (let at = 0; at < block.length; at += writeSync(file, block, at));
  } finally {
    closeSync(file)
  }
}

/**
 * Runs a transaction that must succeed even on a full disk: the log is folded back into the file, and
 * if that gains nothing the reserve is given up. For drains and gc; a capture never uses it, it must
 * not eat the space that they need.
 */
export function withReserve<Result>(
  db: SqlDatabase,
  journalPath: string,
  run: () => Result,
): Result {
  const remedies = [(): void => foldLog(db), (): void => giveUpReserve(journalPath)]
  for (const remedy of remedies) {
    try {
      return run()
    } catch (cause) {
      if (!isDiskFull(cause)) throw cause
      remedy()
    }
  }
  return run()
}

function foldLog(db: SqlDatabase): void {
  try {
    db.pragma('wal_checkpoint(TRUNCATE)')
  } catch {
    // On a full disk the checkpoint may fail as well; the reserve is next.
  }
}

export function isDiskFull(cause: unknown): boolean {
  if (cause instanceof Database.SqliteError) return cause.code === 'SQLITE_FULL'
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC'
}
