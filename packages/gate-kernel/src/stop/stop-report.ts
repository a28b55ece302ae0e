import type { StopReport } from './verdict.ts'

/**
 * What any thrown value means for the gate. A failed assertion is the product's failure; anything
 * unforeseen leaves the requirement undecided, because a bug of the gate proves nothing about the
 * product. Never throws.
 */
export function stopReportOf(error: unknown): StopReport {
  const own = ownReport(error)
  if (own !== undefined) return own
  if (isAssertion(error)) {
    return {
      code: 'assertion-failed',
      verdict: 'fail',
      cause: 'product',
      what: error.message,
      where: placeOf(error),
      next: 'read the evidence of this requirement, repair the product, run the gate again',
    }
  }
  const file = fileErrorOf(error)
  if (file !== undefined) return file
  return {
    code: 'unexpected-error',
    verdict: 'inconclusive',
    cause: 'cannot-tell',
    what: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    where: placeOf(error),
    next: 'read the stack in the run folder; check the configuration',
    command: ['doctor'],
  }
}

const fileErrors: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: make room',
  EDQUOT: 'the quota of this account is used up: make room',
  EFBIG: 'files of this account may not become so large: raise the limit (ulimit -f)',
  EROFS: 'the file system is read-only: make it writable',
  EACCES: 'the gate may not do that there: check owner and permissions',
  EPERM: 'the gate may not do that there: check owner and permissions',
  EIO: 'the disk cannot be read or written: check it',
  EMFILE: 'too many files are open: raise the limit (ulimit -n)',
  ENFILE: 'too many files are open on this machine: end what holds them',
  ENOENT: 'it is not there, or not any more: find out what removes files there, or restore it',
  ENOTDIR: 'there is a file where a folder was: find out what put it there',
  ESTALE: 'the network file system has lost it: mount it again',
}

/** Of SQLite, which has no numbers of the operating system: the file of its lock, or a database. */
const databaseErrors: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'the disk is full: make room',
  SQLITE_READONLY: 'the file system is read-only: make it writable',
  SQLITE_CANTOPEN: 'a database cannot be opened there: check the folder, its owner and permissions',
  SQLITE_IOERR: 'the disk cannot be read or written: check it',
}

/** A disk that is full, gone or closed to the gate is the environment's doing, and has a place. */
function fileErrorOf(error: unknown): StopReport | undefined {
  if (!(error instanceof Error)) return undefined
  const { code = '', path, syscall = '' } = error as NodeJS.ErrnoException
  if (typeof code !== 'string') return undefined
  if (syscall.startsWith('spawn')) return notStarted(error, code, path)
  const database = Object.entries(databaseErrors).find(([name]) => code.startsWith(name))
  const remedy = fileErrors[code] ?? database?.[1]
  if (remedy === undefined) return undefined
  return {
    code: 'file-system',
    verdict: 'inconclusive',
    cause: 'environment',
    what: error.message,
    where: path ?? placeOf(error),
    next: `${remedy}, then run the gate again`,
  }
}

/** A program that the machine does not start says nothing about the candidate. */
function notStarted({ message }: Error, code: string, path = 'the PATH of the gate'): StopReport {
  const isAbsent = code === 'ENOENT' || code === 'EACCES'
  return {
    code: 'tool-missing',
    verdict: 'inconclusive',
    cause: 'environment',
    what: `a program that the gate needs could not be started: ${message}`,
    where: path,
    next: isAbsent
      ? 'install the program that is named, put it on the PATH of the gate, then run the gate again'
      : 'let the machine start more processes (ulimit -u, memory), then run the gate again',
  }
}

/** The report that a stop carries; errors of the prover and of git carry one of the same fields. */
export function ownReport(error: unknown): StopReport | undefined {
  if (!(error instanceof Error) || !('report' in error)) return undefined
  const { report } = error as { report: unknown }
  return isStopReport(report) ? report : undefined
}

function isStopReport(report: unknown): report is StopReport {
  if (typeof report !== 'object' || report === null) return false
  return ['code', 'verdict', 'cause', 'what', 'where', 'next'].every((key) => key in report)
}

function isAssertion(error: unknown): error is Error {
  return error instanceof Error && error.name === 'AssertionError'
}

function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const line = stack.split('\n').find((text) => text.includes(' at ') && !text.includes('node:'))
  return line?.trim().replace(/^at /, '') ?? 'unknown place'
}
