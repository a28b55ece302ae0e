import type { SqlDatabase } from '../journal/database.ts'
import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import type { LedgerStatus } from './transition.ts'

/** Where all events stand at one target. `untried` were never judged there. */
export interface TargetCounts extends Readonly<Record<LedgerStatus, number>> {
  readonly untried: number
  /** success + duplicate. */
  readonly delivered: number
  /** Everything the target does not have: untried, pending, rejected, transient, terminal-failed. */
  readonly undelivered: number
}

interface GenerationRow {
  readonly success: number
  readonly duplicate: number
  readonly pending: number
  readonly rejected: number
  readonly transient: number
  readonly terminal_failed: number
  readonly recorded_through: number
}

/** The counts of one target, from its counters and from positions: the journal is not read. */
export function countsFor({ db }: Journal, generationId: number): TargetCounts {
  const row = statement<GenerationRow>(
    db,
    `SELECT success, duplicate, pending, rejected, transient, terminal_failed, recorded_through
     FROM generations WHERE generation_id = ?`,
  ).get(generationId)
  if (row === undefined) throw new Error(`generation ${generationId} is not in the journal`)
  const { terminal_failed: terminalFailed, recorded_through: recorded, ...kept } = row
  const untried = liveAfter(db, recorded)
  return {
    ...kept,
    'terminal-failed': terminalFailed,
    untried,
    delivered: kept.success + kept.duplicate,
    undelivered: untried + kept.pending + kept.rejected + kept.transient + terminalFailed,
  }
}

/** Events with a payload behind a position: sequence numbers have no gaps but the counted ones. */
function liveAfter(db: SqlDatabase, seq: number): number {
  return Number(
    statement(
      db,
      `SELECT max(0, (SELECT coalesce(max(seq), 0) FROM events) - @seq)
         - (SELECT count(*) FROM superseded WHERE kind <> 'marked' AND seq > @seq)
         - (SELECT count(*) FROM events WHERE envelope IS NULL AND seq > @seq)`,
    )
      .pluck()
      .get({ seq }),
  )
}
