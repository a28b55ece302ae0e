import Database from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { mayGo } from '../consent/allowed.ts'
import { waitingForConsent } from '../consent/waiting.ts'
import { courierOf } from '../context/courier.ts'
import { currentIdentity } from '../context/delivery-mode.ts'
import type { CommandContext } from '../context/command-context.ts'
import { dueDocumentGroups } from '../bodies/groups.ts'
import { countsFor } from '../delivery/counts.ts'
import { findTarget } from '../delivery/targets.ts'
import { targetId } from '../target/identity.ts'
import { LONGEST_DELAY_MS } from '../delivery/transition.ts'
import { readJournal, type Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import { journalTotals } from '../journal/totals.ts'

/** Whether a pass would send anything now; asked every few seconds, so it reads counters only. */
export function hasWork(context: CommandContext, now: number): boolean {
  const identity = currentIdentity(context)
  if (identity === undefined) return false
  const journal = readJournal({ home: context.paths.home, now: () => now })
  try {
    return hasEvents(context, journal, targetId(identity)) || hasBodies(context, journal, now)
  } finally {
    journal.close()
  }
}

// A time farther off than a retry ever is was written under a clock that was ahead.
const DUE = `
  SELECT 1 FROM ledger WHERE generation_id = @generationId AND next_attempt_at_ms IS NOT NULL
    AND (next_attempt_at_ms <= @now OR next_attempt_at_ms > @now + ${LONGEST_DELAY_MS}) LIMIT 1`

/** What waits for a consent or for a predecessor is no work: only a person, or a retry, changes that. */
function hasEvents(context: CommandContext, journal: Journal, id: string): boolean {
  const generationId = findTarget(journal, id)?.generationId
  const waiting = waitingForConsent(journal, generationId, courierOf(context))
  const forbidden = waiting.reduce((sum, { events, fresh = events }) => sum + fresh, 0)
  if (generationId === undefined) return journalTotals(journal).retained > forbidden
  const { untried, held } = countsFor(journal, generationId)
  if (untried - held > forbidden) return true
  return statement(journal.db, DUE).get({ generationId, now: journal.now() }) !== undefined
}

function hasBodies(context: CommandContext, journal: Journal, now: number): boolean {
  const { identity } = context
  if (!existsSync(identity.queue_db_path)) return false
  const db = new Database(identity.queue_db_path, { readonly: true, timeout: 1_000 })
  try {
    const courier = courierOf(context)
    const due = dueDocumentGroups(db, now / 1000)
    return due.some((group) => mayGo(journal.db, courier, group))
  } finally {
    db.close()
  }
}
