import { closeSync, openSync, writeFileSync } from 'node:fs'
import { SyncError } from '../base/errors.ts'
import { describeCause } from '../base/describe-cause.ts'
import { makeNewFile } from '../home/new-file.ts'
import { readJournal } from '../journal/journal.ts'
import { readEntries } from '../journal/read.ts'
import { AccountNotes, exportEnd } from './archive-accounts.ts'
import { onOneLine } from './archive-format.ts'

export interface ExportReport {
  readonly exported: number
  /** Events whose payload gc or archive removed. */
  readonly withoutPayload: number
}

/** Payloads in memory at a time. */
const PAGE = 100

/**
 * Writes every retained event, one JSON line each, in order of capture.
 * @param write receives whole lines
 * @param accounts notes the account that each was captured under
 */
export function exportEvents(
  home: string,
  write: (lines: string) => void,
  type?: string,
  accounts?: AccountNotes,
): ExportReport {
  const journal = readJournal({ home })
  let exported = 0
  let withoutPayload = 0
  try {
    for (let after = 0; ;) {
      const page = readEntries(journal, { type, after, limit: PAGE })
      const last = page.at(-1)
      if (last === undefined) return { exported, withoutPayload }
      const lines = page.flatMap(({ envelope, account }) => {
        if (envelope === undefined) return []
        accounts?.add(account)
        return [onOneLine(envelope)]
      })
      if (lines.length > 0) write(`${lines.join('\n')}\n`)
      exported += lines.length
      withoutPayload += page.length - lines.length
      after = last.seq
    }
  } finally {
    journal.close()
  }
}

/**
 * The same into a new file, readable by its owner alone: payloads may be confidential. Where events were
 * captured under an account, a last line tells the accounts, so that they wait where another one imports them.
 * @throws {SyncError} `export-invalid` if the file exists or cannot be written
 */
export function exportToFile(home: string, path: string, type?: string): ExportReport {
  return toNewFile(path, (write) => {
    const accounts = new AccountNotes()
    const report = exportEvents(home, write, type, accounts)
    writeEnd(write, accounts)
    return report
  })
}

function writeEnd(write: (text: string) => void, { runs }: AccountNotes): void {
  const end = exportEnd(runs)
  if (end !== undefined) write(`${end}\n`)
}

/**
 * Whatever `work` writes, in a new file that is complete or not there.
 * @throws {SyncError} `export-invalid` if the file exists or cannot be written
 */
export function toNewFile<T>(path: string, work: (write: (text: string) => void) => T): T {
  try {
    return makeNewFile(path, (draft) => {
      const file = openSync(draft, 'w')
      try {
        return work((text) => writeFileSync(file, text))
      } finally {
        closeSync(file)
      }
    })
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && 'syscall' in cause)) throw cause
    throw new SyncError(
      {
        code: 'export-invalid',
        what: `the file cannot be made: ${describeCause(cause)}`,
        where: path,
      },
      { cause },
    )
  }
}
