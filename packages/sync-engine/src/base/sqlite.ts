import { closeSync, openSync } from 'node:fs'
import type Database from 'better-sqlite3'

/** A connection to a database of the home. */
export type SqlDatabase = Database.Database

/** Does something with a database of the home; what goes wrong names the file, which SQLite does not. */
export function naming<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw cause instanceof Error ? Object.assign(cause, { path }) : cause
  }
}

/**
 * Makes the file of a database, its user's alone from the first moment on: SQLite gives a log the
 * permissions that its file has at that time. One that is there stays as it is.
 */
export function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
  }
}
