import Database from 'better-sqlite3'
import { lstatSync } from 'node:fs'
import { isTable, shapeOf, type QueueShape } from '../queue-shape.ts'

type Connection = Database.Database

/** Why a source file is left alone. Other sources are still migrated. */
export class SourceProblem extends Error {
  override readonly name = 'SourceProblem'
  readonly remedy: string

  constructor(problem: string, remedy: string, options?: ErrorOptions) {
    super(problem, options)
    this.remedy = remedy
  }
}

export type Spy = ((sql: string) => void) | undefined

/**
 * Opens a queue database for its migration and holds its write lock, so that an older program cannot
 * queue a row between the copy and the clean-up.
 * @throws {SourceProblem} if it is no queue database, or cannot be used at this moment
 */
export function holdSource(path: string, spy: Spy): { db: Connection; shape: QueueShape } {
  refuseOddFile(path)
  let db: Connection | undefined
  try {
    db = new Database(path, { fileMustExist: true, timeout: 2_000, verbose: verbose(spy) })
    db.exec('BEGIN IMMEDIATE')
    return { db, shape: knownShape(db) }
  } catch (cause) {
    db?.close()
    throw explain(cause)
  }
}

/** Opens it to look only. */
export function readSource(path: string): { db: Connection; shape: QueueShape } {
  refuseOddFile(path)
  let db: Connection | undefined
  try {
    db = new Database(path, { readonly: true, fileMustExist: true, timeout: 2_000 })
    return { db, shape: knownShape(db) }
  } catch (cause) {
    db?.close()
    throw explain(cause)
  }
}

/** better-sqlite3 hands every statement to the spy as it starts. */
export function verbose(spy: Spy): ((sql: unknown) => void) | undefined {
  return spy && ((sql) => spy(String(sql)))
}

function refuseOddFile(path: string): void {
  const found = lstatSync(path)
  if (found.isSymbolicLink())
    throw new SourceProblem(
      'it is a symbolic link, and what it points to may belong to another home',
      `replace the link by the file it points to, then run: spec-kitty sync migrate`,
    )
  if (found.size === 0)
    throw new SourceProblem(
      'it is empty (0 bytes); nothing can be read from it',
      `delete the file: rm ${path}`,
    )
}

function knownShape(db: Connection): QueueShape {
  const shape = shapeOf(db)
  const isKnown = shape.hasQueue || shape.bodies !== 'none' || shape.failures !== 'none'
  const isFalse = isTable(db, 'queue') && !shape.hasQueue
  if (isKnown && !isFalse) return shape
  throw new SourceProblem(
    'it is a SQLite database, but not one of a spec-kitty queue (wrong schema)',
    'move the file out of this folder',
  )
}

/** SQLite's codes as what happened and what to do. */
export function explain(cause: unknown): unknown {
  if (!(cause instanceof Database.SqliteError)) return cause
  const problem = (what: string, remedy: string): SourceProblem =>
    new SourceProblem(`${what} (${cause.message})`, remedy, { cause })
  if (cause.code.startsWith('SQLITE_BUSY') || cause.code.startsWith('SQLITE_LOCKED'))
    return problem(
      'another program holds it',
      'stop that program, then run: spec-kitty sync migrate',
    )
  if (cause.code.startsWith('SQLITE_NOTADB'))
    return problem(
      'it is not a SQLite database, or it is encrypted',
      'restore it from a backup, or move it away',
    )
  if (cause.code.startsWith('SQLITE_CORRUPT') || cause.code.startsWith('SQLITE_IOERR'))
    return problem(
      'it is damaged',
      'try: sqlite3 <file> .recover, put the result in its place, and run the command again',
    )
  if (/^SQLITE_(READONLY|PERM|CANTOPEN|AUTH)/.test(cause.code))
    return problem(
      'it cannot be changed',
      'give yourself write access to it and its folder: chmod u+w',
    )
  return cause
}
