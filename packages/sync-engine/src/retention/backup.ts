import { statSync } from 'node:fs'
import { describeCause } from '../base/describe-cause.ts'
import { SyncError } from '../base/errors.ts'
import { advice } from '../base/remedies.ts'
import { isTaken, makeNewFile } from '../home/new-file.ts'
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
  if (isTaken(path)) throw refused(path, 'there is a file of that name')
  const journal = readJournal({ home })
  try {
    return makeNewFile(path, (draft) => {
      journal.db.prepare('VACUUM INTO ?').run(draft)
      const events = journalTotals(journal).retained
      return { path, events, bytes: statSync(draft).size }
    })
  } catch (cause) {
    throw refused(path, `it cannot be written: ${describeCause(cause)}`, cause)
  } finally {
    journal.close()
  }
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
