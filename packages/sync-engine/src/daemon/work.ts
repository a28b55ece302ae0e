import Database from 'better-sqlite3'
import { isThere } from '../base/present.ts'
import { allowedStreams, mayGo } from '../consent/allowed.ts'
import type { Sender } from '../consent/sender.ts'
import { waitingForConsent } from '../consent/waiting.ts'
import { senderOf } from '../context/sender.ts'
import { currentIdentity } from '../context/delivery-mode.ts'
import type { CommandContext } from '../context/command-context.ts'
import { dueDocumentGroups } from '../bodies/groups.ts'
import { countsFor } from '../delivery/counts.ts'
import { blockedAggregates, heldAggregates } from '../delivery/held.ts'
import { selectHeld, selectOpen, type Outgoing } from '../delivery/select.ts'
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
  const sender = senderOf(context)
  const waiting = waitingForConsent(journal, generationId, sender)
  const forbidden = waiting.reduce((sum, { events, fresh = events }) => sum + fresh, 0)
  if (generationId === undefined) return journalTotals(journal).retained > forbidden
  const { untried, held } = countsFor(journal, generationId)
  if (untried - held > forbidden) return true
  return hasDue(journal, generationId, sender) || hasReleased(journal, generationId, sender)
}

/** Rows read at a time; the first of them decides nearly always. */
const PAGE = 100

/** Whether an event that was sent before may be sent again now. */
function hasDue(journal: Journal, generationId: number, sender: Sender): boolean {
  const dueBy = journal.now()
  if (statement(journal.db, DUE).get({ generationId, now: dueBy }) === undefined) return false
  const allowed = allowedStreams(journal.db, sender)
  const page = (after: number): readonly Outgoing[] =>
    selectOpen(journal, generationId, { after, dueBy, limit: PAGE }, allowed)
  return isAnyFree(page, blockedAggregates(journal, generationId, dueBy))
}

/** Whether an event whose predecessor was answered still waits, because the pass ended in between. */
function hasReleased(journal: Journal, generationId: number, sender: Sender): boolean {
  const blocked = blockedAggregates(journal, generationId)
  const held = [...heldAggregates(journal, generationId)]
  if (held.every((aggregate) => blocked.has(aggregate))) return false
  const allowed = allowedStreams(journal.db, sender)
  const page = (after: number): readonly Outgoing[] =>
    selectHeld(journal, generationId, { after, limit: PAGE }, allowed)
  return isAnyFree(page, blocked)
}

function isAnyFree(
  page: (after: number) => readonly Outgoing[],
  blocked: ReadonlySet<number>,
): boolean {
  for (let events = page(0); ; events = page(events.at(-1)?.seq ?? 0)) {
    if (events.length === 0) return false
    if (events.some(({ aggregate }) => !blocked.has(aggregate))) return true
  }
}

function hasBodies(context: CommandContext, journal: Journal, now: number): boolean {
  const { identity } = context
  if (!isThere(identity.queue_db_path)) return false
  const db = new Database(identity.queue_db_path, { readonly: true, timeout: 1_000 })
  try {
    const sender = senderOf(context)
    const due = dueDocumentGroups(db, now / 1000)
    return due.some((group) => mayGo(journal.db, sender, group))
  } finally {
    db.close()
  }
}
