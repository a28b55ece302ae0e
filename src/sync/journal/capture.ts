import { inspect } from 'node:util'
import { asObject, asString, type JsonObject } from '../boundary/json.ts'
import { contentHash, sha256 } from '../canonical.ts'
import { discardDecision } from '../config/discard.ts'
import { collapseEarlier } from './coalesce.ts'
import { explainSqlite, type SqlDatabase } from './database.ts'
import { envelopeProblems, envelopeText, retiredKey, type EventEnvelope } from './envelope.ts'
import type { Journal } from './journal.ts'
import { statement } from './statements.ts'

/** Why a captured event cannot leave this machine yet; a closed set (SYNC/T017). */
export type BlockedReason =
  | 'saas_disabled'
  | 'missing_auth'
  | 'missing_team'
  | 'private_teamspace_gate'
  | 'daemon_lock'
  | 'network_unavailable'
  | 'delivery_off'

export interface CaptureContext {
  /** The gate that is closed at this moment, if one is; the event is stored all the same. */
  readonly blocked?: BlockedReason | undefined
  /** Where the event came from, for imports and migrations; recorded with a divergent duplicate. */
  readonly source?: string
  /** Whether a payload that gc or archive removed comes back with its event, as an import wants it. */
  readonly restores?: boolean
}

export type CaptureOutcome =
  | { readonly kind: 'captured'; readonly seq: number; readonly eventId: string }
  | {
      readonly kind: 'coalesced'
      readonly seq: number
      readonly eventId: string
      readonly replaced: string
    }
  | { readonly kind: 'already-captured'; readonly eventId: string }
  /** Known, and its payload, which gc or archive had removed, is back. */
  | { readonly kind: 'restored'; readonly eventId: string }
  | { readonly kind: 'divergent'; readonly eventId: string; readonly conflictId: number }
  | {
      readonly kind: 'quarantined'
      readonly quarantineId: number
      readonly problems: readonly string[]
    }
  | { readonly kind: 'discarded'; readonly eventType: string }

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

/** What the events of one transaction share. */
interface Moment extends CaptureContext {
  readonly atMs: number
  bytesThrough: number
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

/** The id is known. The same content again is fine, other content is kept aside for the operator. */
function compareWithStored(
  journal: Journal,
  event: EventEnvelope,
  text: string,
  moment: Moment,
): CaptureOutcome {
  const eventId = event.event_id
  const stored = statement<Stored>(journal.db, STORED).get(eventId)
  if (stored?.envelope === text) return { kind: 'already-captured', eventId }
  const incomingSha = contentHash(JSON.parse(text))
  const existingSha = stored?.removed_sha ?? contentHash(JSON.parse(stored?.envelope ?? 'null'))
  if (incomingSha !== existingSha) {
    const shas = { existingSha, incomingSha }
    return {
      kind: 'divergent',
      eventId,
      conflictId: keepConflict(journal, event, text, shas, moment),
    }
  }
  const isBack = moment.restores === true && restore(journal, eventId, text)
  return { kind: isBack ? 'restored' : 'already-captured', eventId }
}

interface Stored {
  /** Null once gc or archive removed it; then the digest of its content is left. */
  readonly envelope: string | null
  readonly removed_sha: string | null
}

const STORED = 'SELECT envelope, removed_sha FROM events WHERE event_id = ?'

// The same content in another layout has another size, which the database does not let in.
const RESTORE = `
  UPDATE events SET envelope = @text, removed_at_ms = NULL, removed_sha = NULL, archived_at_ms = NULL
  WHERE event_id = @eventId AND envelope IS NULL AND size_bytes = octet_length(@text)`

function restore({ db }: Journal, eventId: string, text: string): boolean {
  return statement(db, RESTORE).run({ eventId, text }).changes === 1
}

const CONFLICT = `
  INSERT INTO conflicts (event_id, source, existing_sha, incoming_sha, incoming, detail, recorded_at_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (event_id, source, incoming_sha) DO UPDATE SET detail = excluded.detail
  RETURNING conflict_id`

function keepConflict(
  journal: Journal,
  { event_id }: EventEnvelope,
  text: string,
  { existingSha, incomingSha }: { readonly existingSha: string; readonly incomingSha: string },
  moment: Moment,
): number {
  const source = moment.source ?? 'capture'
  const detail = 'the journal has this event id with other content'
  const row = statement(journal.db, CONFLICT).pluck()
  return Number(row.get(event_id, source, existingSha, incomingSha, text, detail, moment.atMs))
}

function markBlocked(journal: Journal, seq: number, reason: BlockedReason, atMs: number): void {
  statement(journal.db, 'INSERT INTO blocked_events VALUES (?, ?, ?)').run(seq, reason, atMs)
}

function quarantine(
  journal: Journal,
  candidate: unknown,
  problems: readonly string[],
  { atMs }: Moment,
): CaptureOutcome {
  const id = asString(asObject(candidate)?.['event_id']) ?? null
  const { lastInsertRowid } = statement(
    journal.db,
    'INSERT INTO quarantine (event_id, problems, received, at_ms) VALUES (?, ?, ?, ?)',
  ).run(id, JSON.stringify(problems), written(candidate), atMs)
  return { kind: 'quarantined', quarantineId: Number(lastInsertRowid), problems }
}

/** As JSON where possible; what JSON cannot hold is kept as readable text. */
function written(candidate: unknown): string {
  try {
    const text: unknown = JSON.stringify(candidate)
    return typeof text === 'string' ? text : inspect(candidate)
  } catch {
    return inspect(candidate)
  }
}

/** The opt-out mode's decision, taken here at capture and audited either way (SYNC/C-008). */
function dropIfAllowed(
  journal: Journal,
  candidate: unknown,
  { atMs }: Moment,
): CaptureOutcome | undefined {
  if (journal.mode.retention === 'keep') return undefined
  const event: JsonObject = asObject(candidate) ?? {}
  const eventType = asString(event['event_type']) ?? 'unknown'
  const decision = discardDecision(journal.mode, eventType)
  const audited = decision === 'discard' ? 'discarded' : 'discard-refused'
  statement(
    journal.db,
    `INSERT INTO discard_audit (event_id, event_type, decision, content_sha, at_ms) VALUES (?, ?, ?, ?, ?)`,
  ).run(asString(event['event_id']) ?? null, eventType, audited, sha256(written(candidate)), atMs)
  return decision === 'discard' ? { kind: 'discarded', eventType } : undefined
}
