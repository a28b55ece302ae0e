import { laggingCount } from '../consent/waiting.ts'
import type { SqlDatabase } from '../base/sqlite.ts'
import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import type { LedgerStatus } from './transition.ts'

/** Where all events stand at one target. `untried` were never sent there. */
export interface TargetCounts extends Readonly<Record<LedgerStatus, number>> {
  readonly untried: number
  /** Of the untried, those that wait for a predecessor of their aggregate. */
  readonly held: number
  /** Of the terminal failures, those that a person has decided about: nothing waits for them. */
  readonly dismissed: number
  /** success + duplicate. */
  readonly delivered: number
  /** What the target still has to get, or a person has to decide: everything else but the dismissed. */
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
  readonly held: number
  readonly dismissed: number
}

/** The counts of one target, from its counters and from positions: the journal is not read. */
export function countsFor(journal: Journal, generationId: number): TargetCounts {
  const { db } = journal
  const row = statement<GenerationRow>(
    db,
    `SELECT success, duplicate, pending, rejected, transient, terminal_failed, recorded_through, held,
       (SELECT count(*) FROM dismissed d WHERE d.generation_id = g.generation_id) AS dismissed
     FROM generations g WHERE generation_id = ?`,
  ).get(generationId)
  if (row === undefined) throw new Error(`generation ${generationId} is not in the journal`)
  const {
    terminal_failed: terminalFailed,
    recorded_through: recorded,
    held,
    dismissed,
    ...kept
  } = row
  const untried = liveAfter(db, recorded) + held + laggingCount(journal, generationId)
  return {
    ...kept,
    'terminal-failed': terminalFailed,
    untried,
    held,
    dismissed,
    delivered: kept.success + kept.duplicate,
    undelivered:
      untried + kept.pending + kept.rejected + kept.transient + terminalFailed - dismissed,
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
