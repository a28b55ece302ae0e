import type { Journal } from './journal.ts'
import { statement } from './statements.ts'

/** The size of the journal. All of it follows from positions and a few counters, at any length. */
export interface JournalTotals {
  /** Events whose payload is here. */
  readonly retained: number
  readonly retainedBytes: number
  /** Events whose payload gc or archive removed; their ledger history stays. */
  readonly removed: number
  readonly archived: number
  /** Undelivered events that a newer one replaced. */
  readonly collapsed: number
  readonly quarantined: number
  readonly openConflicts: number
  /** When the oldest event whose payload is here happened, as its producer wrote it. */
  readonly oldestRetainedAt: string | undefined
}

interface TotalsRow {
  readonly positions: number
  readonly bytes: number
  readonly holes: number
  readonly removed: number
  readonly removed_bytes: number
  readonly archived: number
  readonly quarantined: number
  readonly openConflicts: number
  readonly oldest: string | null
}

// Two scalar look-ups instead of one aggregate over both columns: each is a step to the last row.
const TOTALS = `
  SELECT coalesce((SELECT seq FROM events ORDER BY seq DESC LIMIT 1), 0) AS positions,
    coalesce((SELECT bytes_through FROM events ORDER BY seq DESC LIMIT 1), 0) AS bytes,
    holes, removed, removed_bytes, archived,
    (SELECT count(*) FROM quarantine) AS quarantined,
    (SELECT count(*) FROM conflicts WHERE resolved_at_ms IS NULL) AS openConflicts,
    (SELECT occurred_at FROM events
     WHERE seq > removed_through AND envelope IS NOT NULL ORDER BY seq LIMIT 1) AS oldest
  FROM journal_state`

/** What the journal holds (SYNC/FR-009, SYNC/NFR-004). Reads no payload. */
export function journalTotals({ db }: Journal): JournalTotals {
  const row = statement<TotalsRow>(db, TOTALS).get()
  if (row === undefined) throw new Error('the journal has no state row')
  return {
    retained: row.positions - row.holes - row.removed,
    retainedBytes: row.bytes - row.removed_bytes,
    removed: row.removed,
    archived: row.archived,
    collapsed: row.holes,
    quarantined: row.quarantined,
    openConflicts: row.openConflicts,
    oldestRetainedAt: row.oldest ?? undefined,
  }
}
