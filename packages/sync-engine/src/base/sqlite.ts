import type Database from 'better-sqlite3'

/** A connection to a database of the home. */
export type SqlDatabase = Database.Database
