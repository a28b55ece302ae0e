import { SyncError } from '../base/errors.ts'
import { noteDecision, type Decider } from '../consent/audit.ts'
import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import { terminalFailures, UNDECIDED, type LedgerEntry } from './ledger.ts'

/** An event that a target refused for good, with what is stored of it. */
export interface DeadLetter extends LedgerEntry {
  /** The stored text; undefined where gc or archive removed it. */
  readonly envelope: string | undefined
}

/** Which ones: by event id, or every one that nobody has decided about. */
export type Chosen = readonly string[] | 'all'

interface Key {
  readonly generationId: number
  readonly seq: number
  readonly eventId: string
  readonly url: string
}

/** Failures that nobody has decided about, oldest first. Reads only. */
export function listFailed(journal: Journal, limit = 100): LedgerEntry[] {
  return terminalFailures(journal, limit)
}

/**
 * The failures of one event, decided or not, with its text. Reads only.
 * @throws {SyncError} `event-unknown`, `event-not-failed`
 */
export function failuresOf(journal: Journal, eventId: string): DeadLetter[] {
  keysOf(journal, [eventId], 'decided too')
  const envelope = statement<string | null>(
    journal.db,
    'SELECT envelope FROM events WHERE event_id = ?',
  )
    .pluck()
    .get(eventId)
  return terminalFailures(journal, -1, eventId).map((entry) => ({
    ...entry,
    envelope: envelope ?? undefined,
  }))
}

/**
 * Opens failures again, so that the next drain sends them (SYNC/FR-015); audited event by event. A
 * named event may have been discarded before.
 * @returns how many ledger rows were opened
 * @throws {SyncError} `event-unknown`, `event-not-failed`
 */
export function retryFailed(journal: Journal, chosen: Chosen, by: Decider): number {
  return decide(journal, chosen, by, 'retry', ({ generationId, seq }) => {
    const { db, now } = journal
    statement(db, 'DELETE FROM dismissed WHERE generation_id = ? AND seq = ?').run(
      generationId,
      seq,
    )
    statement(
      db,
      `UPDATE ledger SET status = 'transient', next_attempt_at_ms = ?
       WHERE generation_id = ? AND seq = ?`,
    ).run(now(), generationId, seq)
    statement(
      db,
      `UPDATE generations SET terminal_failed = terminal_failed - 1, transient = transient + 1
       WHERE generation_id = ?`,
    ).run(generationId)
  })
}

/**
 * Notes that nothing is to be done about failures any more: no status speaks of them, no drain sends
 * them. The events and their ledger rows stay; audited event by event.
 * @returns how many ledger rows were decided
 * @throws {SyncError} `event-unknown`, `event-not-failed`
 */
export function discardFailed(journal: Journal, chosen: Chosen, by: Decider): number {
  return decide(journal, chosen, by, 'discard', ({ generationId, seq }) => {
    statement(
      journal.db,
      'INSERT OR IGNORE INTO dismissed (generation_id, seq, at_ms) VALUES (?, ?, ?)',
    ).run(generationId, seq, journal.now())
  })
}

/**
 * The same for programs that embed the engine: one event, or all that nobody has decided about.
 * @returns how many ledger rows were opened
 * @throws {SyncError} `event-unknown`, `event-not-failed`
 */
export function retryTerminal(journal: Journal, eventId?: string): number {
  const by = { who: 'a program', command: 'retryTerminal' }
  return retryFailed(journal, eventId === undefined ? 'all' : [eventId], by)
}

/** Audits that the texts of failed events were copied out of the journal. */
export function noteExport(journal: Journal, eventIds: readonly string[], by: Decider): void {
  const write = journal.db.transaction(() => {
    for (const subject of eventIds)
      noteDecision(journal, by, { action: 'export', subject, detail: 'refused for good' })
  })
  write.immediate()
}

function decide(
  journal: Journal,
  chosen: Chosen,
  by: Decider,
  action: 'retry' | 'discard',
  change: (key: Key) => void,
): number {
  const write = journal.db.transaction((): number => {
    const keys = keysOf(journal, chosen, action === 'retry' ? 'decided too' : 'undecided')
    for (const key of keys) {
      change(key)
      const detail = `refused for good by ${key.url}`
      noteDecision(journal, by, { action, subject: key.eventId, detail })
    }
    return keys.length
  })
  return write.immediate()
}

/** Without a condition the partial index answers; a journal of millions is not walked through. */
const KEYS = `
  SELECT l.generation_id AS generationId, l.seq, e.event_id AS eventId, t.canonical_url AS url
  FROM generations g CROSS JOIN ledger l INDEXED BY ledger_terminal
    ON l.generation_id = g.generation_id AND l.status = 'terminal-failed'
  CROSS JOIN events e ON e.seq = l.seq JOIN targets t ON t.target_id = g.target_id
  WHERE g.is_current = 1`

function keysOf(journal: Journal, chosen: Chosen, which: 'undecided' | 'decided too'): Key[] {
  const { db } = journal
  if (chosen === 'all') return statement<Key>(db, `${KEYS} AND ${UNDECIDED}`).all()
  return chosen.flatMap((eventId) => {
    const seq = statement(db, 'SELECT seq FROM events WHERE event_id = ?').pluck().get(eventId)
    if (seq === undefined)
      throw refused(journal, 'event-unknown', `the journal has no event ${eventId}`)
    const sql = `${KEYS} AND l.seq = ? ${which === 'undecided' ? `AND ${UNDECIDED}` : ''}`
    const keys = statement<Key>(db, sql).all(seq)
    if (keys.length > 0) return keys
    throw refused(journal, 'event-not-failed', `no target has refused event ${eventId} for good`)
  })
}

function refused(
  { path }: Journal,
  code: 'event-unknown' | 'event-not-failed',
  what: string,
): SyncError {
  return new SyncError({ code, what, where: path })
}
