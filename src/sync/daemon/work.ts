import Database from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { currentIdentity } from '../boundary/delivery-mode.ts'
import type { Foreground } from '../boundary/foreground.ts'
import { isTable } from '../boundary/queue-shape.ts'
import { countsFor } from '../delivery/counts.ts'
import { findTarget, targetId } from '../delivery/targets.ts'
import { readJournal, type Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import { journalTotals } from '../journal/totals.ts'

/** Whether a pass would send anything now; asked every few seconds, so it reads counters only. */
export function hasWork(foreground: Foreground, now: number): boolean {
  const identity = currentIdentity(foreground)
  if (identity === undefined) return false
  const journal = readJournal({ home: foreground.paths.home, now: () => now })
  try {
    return hasEvents(journal, targetId(identity), now) || hasBodies(foreground, now)
  } finally {
    journal.close()
  }
}

const DUE = 'SELECT 1 FROM ledger WHERE generation_id = ? AND next_attempt_at_ms <= ? LIMIT 1'

function hasEvents(journal: Journal, id: string, now: number): boolean {
  const target = findTarget(journal, id)
  if (target === undefined) return journalTotals(journal).retained > 0
  if (countsFor(journal, target.generationId).untried > 0) return true
  return statement(journal.db, DUE).get(target.generationId, now) !== undefined
}

function hasBodies({ identity }: Foreground, now: number): boolean {
  if (!existsSync(identity.queue_db_path)) return false
  const db = new Database(identity.queue_db_path, { readonly: true, timeout: 1_000 })
  try {
    if (!isTable(db, 'body_upload_queue')) return false
    const due = 'SELECT 1 FROM body_upload_queue WHERE next_attempt_at <= ? LIMIT 1'
    return db.prepare(due).get(now / 1000) !== undefined
  } finally {
    db.close()
  }
}
