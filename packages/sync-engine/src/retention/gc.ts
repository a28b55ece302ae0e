import { openJournal, readJournal } from '../journal/journal.ts'
import { collectable, isAnyCollectable, newestSeq, removePayloads } from './collect.ts'
import { giveBack } from './free-space.ts'
import { listTargets } from '../delivery/targets.ts'

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
 * @param options `onProgress` is told how many payloads more were removed
 */
export function collectGarbage(
  home: string,
  options: { now: () => number; dryRun: boolean; onProgress?: (events: number) => void },
): GcReport {
  const { now, dryRun, onProgress } = options
  const journal = dryRun ? readJournal({ home, now }) : openJournal({ home, now, frees: true })
  try {
    if (dryRun) {
      const { events, ...report } = collectable(journal)
      return { removed: events, ...report, dryRun }
    }
    const targets = listTargets(journal).length
    const none = { events: 0, bytes: 0 }
    const isAny = isAnyCollectable(journal)
    const { events: removed, bytes } = isAny
      ? removePayloads(journal, newestSeq(journal), onProgress)
      : none
    // Also where nothing is left to remove: what removed it may have been killed before it came to this.
    giveBack(journal)
    journal.db.pragma('wal_checkpoint(TRUNCATE)')
    return { removed, bytes, targets, dryRun }
  } finally {
    journal.close()
  }
}
