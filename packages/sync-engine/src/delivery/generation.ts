import { noteDecision, type Decider } from '../consent/audit.ts'
import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import { requireTarget, type Target } from './targets.ts'

/**
 * Sends everything to a target anew, because the server behind its address was set back. The ledger
 * so far stays as history of the earlier generation; the identity does not change (SYNC/FR-012). Audited.
 * @throws {SyncError} `target-unknown`
 */
export function redrain(
  journal: Journal,
  targetId: string,
  because: string,
  by: Decider = A_PROGRAM,
): Target {
  const { db } = journal
  const open = db.transaction(() => {
    const target = requireTarget(journal, targetId)
    statement(db, 'UPDATE generations SET is_current = 0 WHERE target_id = ?').run(targetId)
    statement(
      db,
      `INSERT INTO generations (target_id, number, is_current, opened_because, opened_at_ms)
       VALUES (?, ?, 1, ?, ?)`,
    ).run(targetId, target.generation + 1, because, journal.now())
    statement(
      db,
      'UPDATE targets SET reset_suspected_at_ms = NULL, reset_reason = NULL WHERE target_id = ?',
    ).run(targetId)
    noteDecision(journal, by, { action: 'redrain', subject: subjectOf(target), detail: because })
  })
  open.immediate()
  return requireTarget(journal, targetId)
}

/**
 * Leaves a target out of lists and out of what gc waits for; its history stays, and a drain to it
 * makes it known again. Audited: what is not waited for may be removed before that target has it.
 * @throws {SyncError} `target-unknown`
 */
export function forgetTarget(journal: Journal, targetId: string, by: Decider = A_PROGRAM): void {
  const { db } = journal
  const forget = db.transaction(() => {
    const target = requireTarget(journal, targetId)
    statement(db, 'UPDATE targets SET forgotten_at_ms = ? WHERE target_id = ?').run(
      journal.now(),
      targetId,
    )
    noteDecision(journal, by, { action: 'forget', subject: subjectOf(target), detail: '' })
  })
  forget.immediate()
}

/** Who decides where the engine is embedded. */
const A_PROGRAM: Decider = { who: 'a program', command: 'a program' }

function subjectOf({ targetId, canonicalUrl }: Target): string {
  return `target ${targetId}, ${canonicalUrl}`
}
