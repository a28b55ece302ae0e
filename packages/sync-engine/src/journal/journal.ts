import { join } from 'node:path'
import { MODES, type EventSyncConfig } from '../config/modes.ts'
import { coalesceKey } from './coalesce-key.ts'
import { emptyDatabase, openForReading, openForWriting, type Synchronous } from './database.ts'
import type { SqlDatabase } from '../base/sqlite.ts'
import type { EventEnvelope } from '@canary-gate/batch-contract'
import { explainSqlite } from './explain-sqlite.ts'
import { agreeWithCopy, readWithCopy } from './consent-copy.ts'
import { HighWaterMark, lostEvents, noteLost, type Lost } from './high-water.ts'
import { giveUpReserve, keepReserve } from './reserve.ts'

/** Gives the key under which an undelivered event replaces an earlier one, or undefined for never. */
export type CoalesceStrategy = (event: EventEnvelope) => string | undefined

/** An open journal. Every function of the engine takes one; close it when done. */
export interface Journal {
  readonly path: string
  readonly db: SqlDatabase
  readonly now: () => number
  readonly mode: EventSyncConfig
  readonly coalesce: CoalesceStrategy
  /** For drains: a second connection whose commits need not reach the disk before they return. */
  readonly results: () => SqlDatabase
  /** Notes the last position that was captured, after its commit. */
  readonly noteCaptured: (seq: number) => void
  readonly close: () => void
}

export interface JournalOptions {
  /** The home folder, for example `~/.spec-kitty`. */
  readonly home: string
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  readonly mode?: EventSyncConfig
  /** The seam of SYNC/T015; the dossier rules unless told otherwise. */
  readonly coalesce?: CoalesceStrategy
  /** FULL survives a power cut, NORMAL only a killed process. */
  readonly synchronous?: Synchronous
  /** The same for the results of a drain; a lost result is posted again and comes back as duplicate. */
  readonly resultsSynchronous?: Synchronous
  /** For work that delivers or frees space: on a full disk it may give up the reserve to begin at all. */
  readonly frees?: boolean
  /** Called with every statement as it starts; for fault injection. */
  readonly onStatement?: (sql: string) => void
}

/** The one file that holds journal, targets and ledger of a home. */
export function journalPath(home: string): string {
  return join(home, 'event_journal', 'journal.db')
}

/**
 * Opens the journal of a home for capture and delivery, creating it on first use (mode 0600).
 * @throws {SyncError} `sqlite-too-old`, `journal-newer`, `journal-unreadable`, `disk-full`
 */
export function openJournal(options: JournalOptions): Journal {
  const path = journalPath(options.home)
  const now = options.now ?? Date.now
  const onFull = options.frees === true ? (): void => giveUpReserve(path) : undefined
  const opening = { now, onFull, onStatement: options.onStatement }
  const db = openForWriting(path, { ...opening, synchronous: options.synchronous ?? 'FULL' })
  keepReserve(path)
  orClose(db, path, () => {
    noteLost(db, path, now)
    noteMissing(db, path)
    agreeWithCopy(db, path, now)
  })
  const mark = new HighWaterMark(path, db)
  let results: SqlDatabase | undefined
  const openResults = (): SqlDatabase => {
    if (!db.open) throw new Error('the journal is closed')
    const synchronous = options.resultsSynchronous ?? 'NORMAL'
    results ??= openForWriting(path, { ...opening, synchronous, cacheKilobytes: 1_000 })
    return results
  }
  const close = (): void => {
    mark[Symbol.dispose]()
    results?.close()
    db.close()
  }
  const mode = options.mode ?? MODES.TEAMSPACE
  return {
    path,
    db,
    now,
    mode,
    coalesce: options.coalesce ?? coalesceKey,
    results: openResults,
    noteCaptured: (seq) => mark.note(seq),
    close,
  }
}

/** Opens the journal read-only; a home without one reads as empty. Never creates or writes a file. */
export function readJournal(options: Pick<JournalOptions, 'home' | 'now'>): Journal {
  const path = journalPath(options.home)
  const now = options.now ?? Date.now
  const db = openForReading(path)
  noteMissing(db, path)
  orClose(db, path, () => readWithCopy(db, path, now))
  return readOnly(path, db, now)
}

function orClose(db: SqlDatabase, path: string, work: () => void): void {
  try {
    work()
  } catch (cause) {
    db.close()
    throw explainSqlite(cause, path)
  }
}

/** A journal that captured nothing, in memory: what is shown where the real one cannot be read. */
export function emptyJournal(): Journal {
  return readOnly(':memory:', emptyDatabase(), Date.now)
}

function readOnly(path: string, db: SqlDatabase, now: () => number): Journal {
  const close = (): void => void db.close()
  const noteCaptured = (): void => undefined
  const mode = MODES.TEAMSPACE
  return { path, db, now, mode, coalesce: coalesceKey, results: () => db, noteCaptured, close }
}

/** What was found missing when this process last opened a journal. */
const missing = new Map<string, Lost | undefined>()

function noteMissing(db: SqlDatabase, path: string): void {
  try {
    missing.set(path, lostEvents(db, path))
  } catch {
    // A damaged journal is reported by whoever reads what is damaged.
    missing.delete(path)
  }
}

/**
 * Positions that the journal of a home had and has no more, as this process last opened it; undefined where it
 * has them all, or was not opened.
 */
export function lostEventsIn(home: string): Lost | undefined {
  return missing.get(journalPath(home))
}
