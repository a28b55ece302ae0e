import Database from 'better-sqlite3'
import { closeSync, linkSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { advice } from '../base/remedies.ts'
import { SyncError } from '../base/errors.ts'
import { isThere } from '../base/present.ts'

/** How long others may take to let go of the journal; commands hold it for milliseconds. */
const WAIT_MS = 3_000

/**
 * Keeps every other process out of a database file while it lives: whoever has it open must have let go
 * first, and whoever opens it waits. What another one wrote meanwhile would be in neither file, and the
 * last to close a file removes the log by its name, which is that of the new one by then.
 */
export class SoleUse implements Disposable {
  readonly path: string
  readonly #file: number
  readonly #db: Database.Database

  /**
   * @param path of the database
   * @param work folder on the same file system, for a second name: so its log has another name, too
   * @throws {SyncError} `journal-busy` while another process has it open
   */
  constructor(path: string, work: string) {
    this.path = path
    // A process that closes a file loses its locks on it, so this one is closed last.
    this.#file = openSync(path, 'r')
    const name = join(work, `held-${this.#file}.db`)
    linkSync(path, name)
    this.#db = new Database(name, { timeout: WAIT_MS })
    try {
      lock(this.#db, path)
    } catch (cause) {
      this[Symbol.dispose]()
      throw cause
    }
  }

  /** Copies the file without closing it. */
  copyTo(path: string): void {
    const copy = openSync(path, 'wx', 0o600)
    try {
      const block = Buffer.alloc(1024 * 1024)
      for (let at = 0; ;) {
        const read = readSync(this.#file, block, 0, block.length, at)
        if (read === 0) return
        for (let from = 0; from < read; from += writeSync(copy, block, from, read - from));
        at += read
      }
    } finally {
      closeSync(copy)
    }
  }

  [Symbol.dispose](): void {
    this.#db.close()
    closeSync(this.#file)
  }
}

function lock(db: Database.Database, path: string): void {
  try {
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    const code = cause instanceof Database.SqliteError ? cause.code : ''
    // What SQLite cannot read, no process has open for long.
    if (/^SQLITE_(NOTADB|CORRUPT|IOERR)/.test(code)) return
    if (!code.startsWith('SQLITE_BUSY')) throw cause
    throw new SyncError(
      {
        code: 'journal-busy',
        what: 'another process has the journal open; nothing was changed',
        where: path,
        remedy: advice('wait until it has ended, then repeat the command'),
      },
      { cause },
    )
  }
}

/** The same where there is a file; where there is none, nobody can have it open. */
export function soleUse(path: string, work: string): SoleUse | undefined {
  return isThere(path) ? new SoleUse(path, work) : undefined
}
