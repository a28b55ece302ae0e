import { command, setAside, specKitty, withRemark, type Remedy } from '../base/remedies.ts'
import { isReadOnly, MOUNT_FOR_WRITING } from '../base/permission.ts'
import Database from 'better-sqlite3'
import { accessSync, constants, lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import { registerStoredForm } from '../journal/stored-form.ts'
import { isTable, shapeOf, type QueueShape } from './queue-shape.ts'

type Connection = Database.Database

const MIGRATE = specKitty('sync', 'migrate')

/** Why a source file is left alone. Other sources are still migrated. */
export class SourceProblem extends Error {
  override readonly name = 'SourceProblem'
  readonly remedy: Remedy

  constructor(problem: string, remedy: Remedy, options?: ErrorOptions) {
    super(problem, options)
    this.remedy = remedy
  }
}

export type StatementHook = ((sql: string) => void) | undefined

/**
 * Opens a queue database for its migration and holds its write lock, so that an older program cannot
 * queue a row between the copy and the clean-up.
 * @throws {SourceProblem} if it is no queue database, or cannot be used at this moment
 */
export function holdSource(
  path: string,
  onStatement: StatementHook,
): { db: Connection; shape: QueueShape } {
  refuseOddFile(path)
  let db: Connection | undefined
  try {
    db = new Database(path, { fileMustExist: true, timeout: 2_000, verbose: verbose(onStatement) })
    db.exec('BEGIN IMMEDIATE')
    return { db, shape: knownShape(db, path) }
  } catch (cause) {
    db?.close()
    throw explain(cause, path)
  }
}

/** A look waits for a writer this long; the writers of the field are quick. */
const LOOK_MS = 1_000

/**
 * Opens it to look only, and refuses what a migration would refuse: status and migration agree.
 * @throws {SourceProblem}
 */
export function readSource(path: string): { db: Connection; shape: QueueShape } {
  refuseOddFile(path)
  let db: Connection | undefined
  try {
    db = new Database(path, { readonly: true, fileMustExist: true, timeout: LOOK_MS })
    return { db, shape: knownShape(db, path) }
  } catch (cause) {
    db?.close()
    throw explain(cause, path)
  }
}

/** better-sqlite3 hands every statement to the hook as it starts. */
export function verbose(onStatement: StatementHook): ((sql: unknown) => void) | undefined {
  return onStatement && ((sql) => onStatement(String(sql)))
}

function refuseOddFile(path: string): void {
  const found = lstatSync(path)
  if (found.isSymbolicLink())
    throw new SourceProblem(
      'it is a symbolic link, and what it points to may belong to another home',
      withRemark(setAside(path), 'or replace the link by the file it points to'),
    )
  if (!found.isFile()) throw new SourceProblem('it is a folder, not a database', setAside(path))
  if (found.size === 0)
    throw new SourceProblem(
      'it is empty (0 bytes); nothing can be read from it',
      command('rm', path),
    )
  for (const [place, wanted] of [
    [dirname(path), 'u+rwx'],
    [path, 'u+rw'],
  ] as const)
    if (!isUsable(place)) throw unchangeable(place, wanted)
}

function isUsable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

function unchangeable(place: string, wanted: string, cause?: unknown): SourceProblem {
  const remedy = isReadOnly(place)
    ? MOUNT_FOR_WRITING
    : withRemark(command('chmod', wanted, place), 'as its owner')
  return new SourceProblem(`it cannot be changed: ${place} is not writable`, remedy, { cause })
}

function knownShape(db: Connection, path: string): QueueShape {
  registerStoredForm(db)
  const shape = shapeOf(db)
  const isKnown = shape.hasQueue || shape.bodies !== 'none' || shape.failures !== 'none'
  const isFalse = isTable(db, 'queue') && !shape.hasQueue
  if (isKnown && !isFalse) return shape
  throw new SourceProblem(
    'it is a SQLite database, but not one of a spec-kitty queue (wrong schema)',
    setAside(path),
  )
}

/** SQLite's codes as what happened and what to do. */
export function explain(cause: unknown, path: string): unknown {
  if (!(cause instanceof Database.SqliteError)) return cause
  const problem = (what: string, remedy: Remedy): SourceProblem =>
    new SourceProblem(`${what} (${cause.message})`, remedy, { cause })
  if (cause.code.startsWith('SQLITE_BUSY') || cause.code.startsWith('SQLITE_LOCKED'))
    return problem(
      'another program holds it; end that program first',
      withRemark(MIGRATE, 'once that program has ended'),
    )
  if (cause.code.startsWith('SQLITE_NOTADB'))
    return problem(
      'it is not a SQLite database, or it is encrypted',
      withRemark(setAside(path), 'and restore it from a backup if there is one'),
    )
  if (/^SQLITE_READONLY_(?:ROLLBACK|RECOVERY)/.test(cause.code))
    return problem('its last change was cut off and has to be taken back', MIGRATE)
  if (cause.code.startsWith('SQLITE_CORRUPT') || cause.code.startsWith('SQLITE_IOERR'))
    return problem(
      'it is damaged; sqlite3 with .recover may get back what is in it',
      withRemark(setAside(path), 'then put what was recovered in its place'),
    )
  if (/^SQLITE_(READONLY|PERM|CANTOPEN|AUTH)/.test(cause.code))
    return unchangeable(path, 'u+rw', cause)
  if (/^SQLITE_(?:ERROR|CONSTRAINT|MISMATCH|TOOBIG)/.test(cause.code))
    return problem(
      'its tables are not those of a spec-kitty queue, or hold what no queue holds',
      setAside(path),
    )
  return cause
}
