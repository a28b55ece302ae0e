import { inspect } from 'node:util'
import { asObject, asString, type JsonObject } from '../boundary/json.ts'
import { canonicalJson, contentHash, sha256 } from '../canonical.ts'
import { discardDecision } from '../config/discard.ts'
import { collapseEarlier } from './coalesce.ts'
import { explainSqlite } from './database.ts'
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
    statement(db, 'BEGIN IMMEDIATE').run()
    const outcomes = events.map((event) => captureOne(journal, event, { ...context, atMs }))
    statement(db, 'COMMIT').run()
    return outcomes
  } catch (cause) {
    if (db.inTransaction) db.exec('ROLLBACK')
    throw explainSqlite(cause, journal.path)
  }
}

interface Moment extends CaptureContext {
  readonly atMs: number
}

function captureOne(journal: Journal, candidate: unknown, moment: Moment): CaptureOutcome {
  const dropped = dropIfAllowed(journal, candidate, moment)
  if (dropped !== undefined) return dropped
  const problems = envelopeProblems(candidate)
  if (problems.length > 0) return quarantine(journal, candidate, problems, moment)
  const event = candidate as EventEnvelope
  const text = envelopeText(event)
  const retired = retiredKey(text)
  if (retired !== undefined)
    return quarantine(journal, candidate, [`${retired} is a retired field name`], moment)
  return store(journal, event, text, moment)
}

function store(
  journal: Journal,
  event: EventEnvelope,
  text: string,
  moment: Moment,
): CaptureOutcome {
  const key = journal.coalesce(event)
  const seq = insert(journal, event, { text, key, atMs: moment.atMs })
  if (seq === undefined) return compareWithStored(journal, event, text, moment)
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
const INSERT = `
  INSERT INTO events (event_id, event_type, occurred_at, captured_at_ms, producer, size_bytes,
                      bytes_through, coalesce_key, envelope)
  VALUES (@eventId, @eventType, @occurredAt, @atMs, @producer, @sizeBytes,
          @sizeBytes + coalesce((SELECT bytes_through FROM events ORDER BY seq DESC LIMIT 1), 0),
          @key, @text)
  ON CONFLICT (event_id) DO NOTHING`

interface Written {
  readonly text: string
  readonly key: string | undefined
  readonly atMs: number
}

function insert(journal: Journal, event: EventEnvelope, written: Written): number | undefined {
  const { changes, lastInsertRowid } = statement(journal.db, INSERT).run({
    eventId: event.event_id,
    eventType: event.event_type,
    occurredAt: event.timestamp,
    atMs: written.atMs,
    producer: event.project_uuid,
    sizeBytes: Buffer.byteLength(written.text),
    key: written.key ?? null,
    text: written.text,
  })
  return changes === 0 ? undefined : Number(lastInsertRowid)
}

/** The id is known. The same content again is fine, other content is kept aside for the operator. */
function compareWithStored(
  journal: Journal,
  event: EventEnvelope,
  text: string,
  moment: Moment,
): CaptureOutcome {
  const eventId = event.event_id
  const stored = statement(journal.db, 'SELECT envelope FROM events WHERE event_id = ?')
    .pluck()
    .get(eventId) as string | null
  // A payload that gc removed was delivered everywhere; there is nothing left to compare with.
  if (stored === null || stored === text) return { kind: 'already-captured', eventId }
  const existing: unknown = JSON.parse(stored)
  const incoming: unknown = JSON.parse(text)
  if (canonicalJson(existing) === canonicalJson(incoming))
    return { kind: 'already-captured', eventId }
  return {
    kind: 'divergent',
    eventId,
    conflictId: keepConflict(journal, { eventId, existing, incoming, text }, moment),
  }
}

const CONFLICT = `
  INSERT INTO conflicts (event_id, source, existing_sha, incoming_sha, incoming, detail, recorded_at_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (event_id, source, incoming_sha) DO UPDATE SET detail = excluded.detail
  RETURNING conflict_id`

interface Divergence {
  readonly eventId: string
  readonly existing: unknown
  readonly incoming: unknown
  readonly text: string
}

function keepConflict(
  journal: Journal,
  { eventId, existing, incoming, text }: Divergence,
  moment: Moment,
): number {
  const source = moment.source ?? 'capture'
  const detail = 'the journal has this event id with other content'
  const shas = [contentHash(existing), contentHash(incoming)]
  const row = statement(journal.db, CONFLICT).pluck()
  return Number(row.get(eventId, source, ...shas, text, detail, moment.atMs))
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
