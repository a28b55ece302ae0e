import { openJournal, readJournal } from '../journal/journal.ts'
import { collectable, newestSeq, removePayloads } from './collect.ts'

export interface GcReport {
  readonly removed: number
  readonly bytes: number
  /** Known targets; without any, nothing is ever removed. */
  readonly targets: number
  readonly dryRun: boolean
}

/**
 * Removes payloads that every known target has, on somebody's explicit request. The ledger keeps the
 * history of every event (SYNC/FR-010, SYNC/T066).
 */
export function collectGarbage(
  home: string,
  options: { now: () => number; dryRun: boolean },
): GcReport {
  const { now, dryRun } = options
  const journal = dryRun ? readJournal({ home, now }) : openJournal({ home, now, frees: true })
  try {
    const { events, bytes, targets } = collectable(journal)
    if (dryRun || events === 0) return { removed: events, bytes, targets, dryRun }
    const removed = removePayloads(journal, newestSeq(journal))
    journal.db.pragma('wal_checkpoint(TRUNCATE)')
    return { removed, bytes, targets, dryRun }
  } finally {
    journal.close()
  }
}
