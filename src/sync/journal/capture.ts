import type { BlockedReason, CaptureContext, CaptureOutcome, Moment } from './capture-outcome.ts'
import { collapseEarlier } from './coalesce.ts'
import { explainSqlite, type SqlDatabase } from './database.ts'
import { envelopeProblems, envelopeText, retiredKey, type EventEnvelope } from './envelope.ts'
import type { Journal } from './journal.ts'
import { compareWithStored } from './known-event.ts'
import { statement } from './statements.ts'
import { dropIfAllowed, quarantine } from './turned-away.ts'

/**
 * Stores events durably, before anything else is looked at: mode, login and network only decide what
 * is noted beside them (SYNC/FR-017). One transaction for all; the order given is the order kept.
 * An invalid event goes to quarantine, a known id with other content to the conflicts.
 * @throws {SyncError} `disk-full`, `journal-busy`; then none of them is stored
 */
export function capture(
  journal: Journal,
  events: readonly unknown[],
  context: CaptureContext = {},
): CaptureOutcome[] {
  const { db } = journal
  const atMs = journal.now()
  try {
    const alone = captureAlone(journal, events, context)
    if (alone !== undefined) return [alone]
    statement(db, 'BEGIN IMMEDIATE').run()
    const moment: Moment = { ...context, atMs, bytesThrough: bytesThrough(db) }
    const outcomes = events.map((event) => captureOne(journal, event, moment))
    statement(db, 'COMMIT').run()
    return outcomes
  } catch (cause) {
    if (db.inTransaction) db.exec('ROLLBACK')
    throw explainSqlite(cause, journal.path)
  }
}

/** An event that the contract allows, in the form in which it is stored. */
interface Checked {
  readonly event: EventEnvelope
  readonly text: string
  readonly key: string | undefined
}

/** @returns the checked event, or what is wrong with it */
function check({ coalesce }: Journal, candidate: unknown): Checked | readonly string[] {
  const problems = envelopeProblems(candidate)
  if (problems.length > 0) return problems
  const event = candidate as EventEnvelope
  const text = envelopeText(event)
  const retired = retiredKey(text)
  if (retired !== undefined) return [`${retired} is a retired field name`]
  return { event, text, key: coalesce(event) }
}

function isChecked(checked: Checked | readonly string[]): checked is Checked {
  return 'text' in checked
}

/**
 * The usual case, one event and nothing to note beside it, as one statement that is its own
 * transaction. Everything else, a known id included, takes the long way.
 */
function captureAlone(
  journal: Journal,
  [candidate, ...others]: readonly unknown[],
  { blocked }: CaptureContext,
): CaptureOutcome | undefined {
  if (others.length > 0 || blocked !== undefined || journal.mode.retention === 'discard')
    return undefined
  const checked = check(journal, candidate)
  if (!isChecked(checked) || checked.key !== undefined) return undefined
  const seq = insert(journal, checked, { atMs: journal.now(), bytesThrough: undefined })
  return seq === undefined ? undefined : { kind: 'captured', seq, eventId: checked.event.event_id }
}

function captureOne(journal: Journal, candidate: unknown, moment: Moment): CaptureOutcome {
  const dropped = dropIfAllowed(journal, candidate, moment)
  if (dropped !== undefined) return dropped
  const checked = check(journal, candidate)
  if (!isChecked(checked)) return quarantine(journal, candidate, checked, moment)
  return store(journal, checked, moment)
}

function store(journal: Journal, checked: Checked, moment: Moment): CaptureOutcome {
  const { event, text, key } = checked
  const seq = insert(journal, checked, moment)
  if (seq === undefined) return compareWithStored(journal, event, text, moment)
  moment.bytesThrough += Buffer.byteLength(text)
  if (moment.blocked !== undefined) markBlocked(journal, seq, moment.blocked, moment.atMs)
  const captured = { seq, eventId: event.event_id }
  if (key === undefined) return { kind: 'captured', ...captured }
  const replaced = collapseEarlier(journal.db, {
    ...captured,
    key,
    occurredAt: event.timestamp,
    atMs: moment.atMs,
  })
  return replaced === undefined
    ? { kind: 'captured', ...captured }
    : { kind: 'coalesced', ...captured, replaced }
}

// The running byte total rides in the row itself: a counter row would cost every capture a page write.
// A transaction knows where it stands; an event alone looks it up in the same statement.
const INSERT = `
  INSERT INTO events (event_id, event_type, occurred_at, captured_at_ms, producer, size_bytes,
                      coalesce_key, envelope, bytes_through)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, TOTAL) ON CONFLICT (event_id) DO NOTHING`
const INSERT_KNOWING = INSERT.replace('TOTAL', '?')
const INSERT_ALONE = INSERT.replace(
  'TOTAL',
  '? + coalesce((SELECT bytes_through FROM events ORDER BY seq DESC LIMIT 1), 0)',
)

interface Place {
  readonly atMs: number
  readonly bytesThrough: number | undefined
}

/** @returns its position, or undefined if the id is known */
function insert(
  { db }: Journal,
  { event, text, key }: Checked,
  { atMs, bytesThrough: through }: Place,
): number | undefined {
  const sizeBytes = Buffer.byteLength(text)
  const sql = through === undefined ? INSERT_ALONE : INSERT_KNOWING
  const { changes, lastInsertRowid } = statement(db, sql).run(
    event.event_id,
    event.event_type,
    event.timestamp,
    atMs,
    event.project_uuid,
    sizeBytes,
    key ?? null,
    text,
    (through ?? 0) + sizeBytes,
  )
  return changes === 0 ? undefined : Number(lastInsertRowid)
}

/** Where the running byte total stands, at the newest row. */
function bytesThrough(db: SqlDatabase): number {
  const sql = 'SELECT bytes_through FROM events ORDER BY seq DESC LIMIT 1'
  return statement<number>(db, sql).pluck().get() ?? 0
}

function markBlocked(journal: Journal, seq: number, reason: BlockedReason, atMs: number): void {
  statement(journal.db, 'INSERT INTO blocked_events VALUES (?, ?, ?)').run(seq, reason, atMs)
}
