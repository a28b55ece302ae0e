import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import { requireTarget, type Target } from './targets.ts'

/**
 * Sends everything to a target anew, because the server behind its address was set back. The ledger
 * so far stays as history of the earlier generation; the identity does not change (SYNC/FR-012).
 * @throws {SyncError} `target-unknown`
 */
export function redrain(journal: Journal, targetId: string, because: string): Target {
  const { db } = journal
  const target = requireTarget(journal, targetId)
  const open = db.transaction(() => {
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
  })
  open.immediate()
  return requireTarget(journal, targetId)
}

/**
 * Leaves a target out of lists and out of what gc waits for; its history stays, and a drain to it
 * makes it known again.
 * @throws {SyncError} `target-unknown`
 */
export function forgetTarget(journal: Journal, targetId: string): void {
  requireTarget(journal, targetId)
  statement(journal.db, 'UPDATE targets SET forgotten_at_ms = ? WHERE target_id = ?').run(
    journal.now(),
    targetId,
  )
}
