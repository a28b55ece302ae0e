import { closeSync, openSync, writeFileSync } from 'node:fs'
import { SyncError } from '../base/errors.ts'
import { describeCause } from '../base/describe-cause.ts'
import { makeNewFile } from '../home/new-file.ts'
import type { Decider } from '../consent/audit.ts'
import { listFailed, noteExport } from '../delivery/dead-letters.ts'
import { readJournal, type Journal } from '../journal/journal.ts'
import { findEvent, readSomeEntries } from '../journal/read.ts'
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
 * Writes every retained event, one JSON line each, in order of capture. Where events were captured under an
 * account, a last line tells the accounts, so that they wait where another one imports them.
 * @param write receives whole lines
 * @param onProgress told how many events more were written
 */
export function exportEvents(
  home: string,
  write: (lines: string) => void,
  type?: string,
  onProgress: (events: number) => void = () => undefined,
): ExportReport {
  const journal = readJournal({ home })
  try {
    return withAccounts(write, (add) => {
      const counted: Add = (events) => {
        add(events)
        onProgress(events.length)
      }
      return exportPages(journal, counted, type)
    })
  } finally {
    journal.close()
  }
}

function exportPages(journal: Journal, add: Add, type: string | undefined): ExportReport {
  let exported = 0
  let withoutPayload = 0
  for (let after = 0; ;) {
    const page = readSomeEntries(journal, { type, after, limit: PAGE })
    const last = page.at(-1)
    if (last === undefined) return { exported, withoutPayload }
    const held = page.filter(isHeld)
    add(held)
    exported += held.length
    withoutPayload += page.length - held.length
    after = last.seq
  }
}

/** An event whose payload gc or archive removed cannot be copied. */
function isHeld<T extends { readonly envelope: string | undefined }>(
  entry: T,
): entry is T & { readonly envelope: string } {
  return entry.envelope !== undefined
}

type Add = (events: readonly { readonly envelope: string; readonly account: string }[]) => void

/** Every way out of a journal ends like this: whose the events were goes with them. */
function withAccounts<T>(write: (lines: string) => void, work: (add: Add) => T): T {
  const accounts = new AccountNotes()
  const result = work((events) => {
    for (const { account } of events) accounts.add(account)
    if (events.length > 0)
      write(`${events.map(({ envelope }) => onOneLine(envelope)).join('\n')}\n`)
  })
  const end = exportEnd(accounts.runs)
  if (end !== undefined) write(`${end}\n`)
  return result
}

/**
 * The same into a new file, readable by its owner alone: payloads may be confidential.
 * @throws {SyncError} `export-invalid` if the file exists or cannot be written
 */
export function exportToFile(
  home: string,
  path: string,
  type?: string,
  onProgress?: (events: number) => void,
): ExportReport {
  return toNewFile(path, (write) => exportEvents(home, write, type, onProgress))
}

/**
 * Writes the events that were refused for good, and that nobody has decided about, into a new file. Audited
 * before the file gets its name: one that exists is never overwritten, and none is there in part.
 * @returns how many were written
 * @throws {SyncError} `export-invalid` if the file exists or cannot be written
 */
export function exportFailed(journal: Journal, path: string, by: Decider): number {
  return toNewFile(path, (write) => writeFailed(journal, write, by))
}

/**
 * The same to any place, some lines at a time; audited when they are written.
 * @returns how many events were written
 */
export function writeFailed(journal: Journal, write: (lines: string) => void, by: Decider): number {
  const ids = new Set(listFailed(journal, Number.MAX_SAFE_INTEGER).map(({ eventId }) => eventId))
  return withAccounts(write, (add) => {
    const copied = [...ids].filter((id) => {
      const held = [findEvent(journal, id)].filter((entry) => entry !== undefined).filter(isHeld)
      add(held)
      return held.length > 0
    })
    noteExport(journal, copied, by)
    return copied.length
  })
}

/**
 * Whatever `work` writes, in a new file that is complete or not there.
 * @throws {SyncError} `export-invalid` if the file exists or cannot be written
 */
function toNewFile<T>(path: string, work: (write: (text: string) => void) => T): T {
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
