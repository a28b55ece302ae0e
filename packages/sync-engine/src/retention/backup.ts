import { chmodSync, closeSync, existsSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { describeCause } from '../base/describe-cause.ts'
import { SyncError } from '../base/errors.ts'
import { advice } from '../base/remedies.ts'
import { syncFolder } from '../home/files.ts'
import { readJournal } from '../journal/journal.ts'
import { journalTotals } from '../journal/totals.ts'

export interface BackupReport {
  readonly path: string
  /** Events whose payload is in the copy. */
  readonly events: number
  readonly bytes: number
}

/**
 * Copies the journal as it is at one moment into a new file, while others go on writing: one read
 * transaction sees one state. The copy is durable when this returns, and readable by its owner alone.
 * @throws {SyncError} `export-invalid` if the file exists or cannot be written
 */
export function backUp(home: string, path: string): BackupReport {
  if (existsSync(path)) throw refused(path, 'there is a file of that name')
  const journal = readJournal({ home })
  try {
    journal.db.prepare('VACUUM INTO ?').run(path)
    chmodSync(path, 0o600)
    makeDurable(path)
    return { path, events: journalTotals(journal).retained, bytes: statSync(path).size }
  } catch (cause) {
    rmSync(path, { force: true })
    throw refused(path, `it cannot be written: ${describeCause(cause)}`, cause)
  } finally {
    journal.close()
  }
}

function makeDurable(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  syncFolder(dirname(path))
}

function refused(path: string, why: string, cause?: unknown): SyncError {
  return new SyncError(
    {
      code: 'export-invalid',
      what: `no backup was made: ${why}`,
      where: path,
      remedy: advice('name another file; one that exists is never overwritten'),
    },
    { cause },
  )
}
