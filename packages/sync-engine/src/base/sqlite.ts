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
