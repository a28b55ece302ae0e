import type {
  BlockedReason,
  CaptureContext,
  CaptureOutcome,
  CaptureBatch,
} from './capture-outcome.ts'
import { asString } from '../base/json.ts'
import { collapseEarlier } from './coalesce.ts'
import { explainSqlite } from './explain-sqlite.ts'
import type { SqlDatabase } from '../base/sqlite.ts'
import type { Journal } from './journal.ts'
import { judgeProduced, judgeRecorded, type Admitted, type Judgement } from './judgement.ts'
import { compareIfStored, compareWithStored, knownAs } from './known-event.ts'
import { aggregateKey } from './aggregate.ts'
import { accountName } from '../target/account.ts'
import { committedStream, streamId, type StreamKey } from './streams.ts'
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
  return captureJudged(journal, events.map(judgeProduced), context)
}

/**
 * Stores events that were accepted before, here or by an earlier program, each given as its text: an
 * import. The text is what is kept, byte for byte.
 * @throws {SyncError} `disk-full`, `journal-busy`; then none of them is stored
 */
export function captureRecorded(
  journal: Journal,
  texts: readonly string[],
  context: CaptureContext = {},
): CaptureOutcome[] {
  return captureJudged(journal, texts.map(judgeRecorded), context)
}

function captureJudged(
  journal: Journal,
  judged: readonly Judgement[],
  context: CaptureContext,
): CaptureOutcome[] {
  const { db } = journal
  const atMs = journal.now()
  try {
    const alone = captureAlone(journal, judged, context)
    if (alone !== undefined) return noted(journal, [alone])
    statement(db, 'BEGIN IMMEDIATE').run()
    const batch: CaptureBatch = {
      ...context,
      atMs,
      streams: new Map(),
      bytesThrough: bytesThrough(db),
      isKnown: false,
    }
    const outcomes = judged.map((one) => captureOne(journal, one, batch))
    statement(db, 'COMMIT').run()
    return noted(journal, outcomes)
  } catch (cause) {
    if (db.inTransaction) db.exec('ROLLBACK')
    throw explainSqlite(cause, journal.path)
  }
}

/** The newest position of a batch is that of the last event that got one. */
function noted(journal: Journal, outcomes: CaptureOutcome[]): CaptureOutcome[] {
  const last = outcomes.findLast(({ kind }) => kind === 'captured' || kind === 'coalesced')
  if (last !== undefined && 'seq' in last) journal.noteCaptured(last.seq)
  return outcomes
}

/**
 * The usual case, one event and nothing to note beside it, as one statement that is its own
 * transaction. Everything else, a known id included, takes the long way.
 */
function captureAlone(
  journal: Journal,
  [judged, ...others]: readonly Judgement[],
  { blocked, account }: CaptureContext,
): CaptureOutcome | undefined {
  if (others.length > 0 || blocked !== undefined || journal.mode.retention === 'discard')
    return undefined
  if (judged?.kind !== 'admitted' || journal.coalesce(judged.event) !== undefined) return undefined
  const stream = committedStream(journal.db, streamKey(judged, account))
  if (stream === undefined) return undefined
  const place = { atMs: journal.now(), bytesThrough: undefined, stream }
  const seq = insert(journal, judged, undefined, place)
  return seq === undefined ? undefined : { kind: 'captured', seq, eventId: judged.eventId }
}

function captureOne(journal: Journal, judged: Judgement, batch: CaptureBatch): CaptureOutcome {
  const dropped = dropIfAllowed(journal, judged, batch)
  if (dropped !== undefined) return dropped
  if (judged.kind === 'admitted') return store(journal, judged, batch)
  return knownAs(journal, judged, batch) ?? quarantine(journal, judged, batch)
}

// Files are mostly all new or all known: behind an event that was known, the next is not inserted in vain.
function store(journal: Journal, admitted: Admitted, batch: CaptureBatch): CaptureOutcome {
  const outcome = batch.isKnown ? compareIfStored(journal, admitted, batch) : undefined
  return outcome ?? storeNew(journal, admitted, batch)
}

function storeNew(journal: Journal, admitted: Admitted, batch: CaptureBatch): CaptureOutcome {
  const { event, eventId, occurredAt, text } = admitted
  const key = journal.coalesce(event)
  const { atMs, bytesThrough: through } = batch
  const stream = streamIn(journal.db, admitted, batch)
  const seq = insert(journal, admitted, key, { atMs, bytesThrough: through, stream })
  batch.isKnown = seq === undefined
  if (seq === undefined) return compareWithStored(journal, admitted, batch)
  batch.bytesThrough += Buffer.byteLength(text)
  if (batch.blocked !== undefined) markBlocked(journal, seq, batch.blocked, batch.atMs)
  const captured = { seq, eventId }
  if (key === undefined) return { kind: 'captured', ...captured }
  const replaced = collapseEarlier(journal.db, { ...captured, key, occurredAt, atMs: batch.atMs })
  return replaced === undefined
    ? { kind: 'captured', ...captured }
    : { kind: 'coalesced', ...captured, replaced }
}

// The running byte total rides in the row itself: a counter row would cost every capture a page write.
// A transaction knows where it stands; an event alone looks it up in the same statement.
const INSERT = `
  INSERT INTO events (event_id, event_type, occurred_at, captured_at_ms, producer, size_bytes,
                      coalesce_key, envelope, stream_id, aggregate, bytes_through)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, TOTAL) ON CONFLICT (event_id) DO NOTHING`
const INSERT_KNOWING = INSERT.replace('TOTAL', '?')
const INSERT_ALONE = INSERT.replace(
  'TOTAL',
  '? + coalesce((SELECT bytes_through FROM events ORDER BY seq DESC LIMIT 1), 0)',
)

interface Place {
  readonly atMs: number
  readonly bytesThrough: number | undefined
  readonly stream: number
}

/** @returns its position, or undefined if the id is known */
function insert(
  { db }: Journal,
  { event, eventId, eventType, occurredAt, projectUuid, text }: Admitted,
  key: string | undefined,
  { atMs, bytesThrough: through, stream }: Place,
): number | undefined {
  const sizeBytes = Buffer.byteLength(text)
  const sql = through === undefined ? INSERT_ALONE : INSERT_KNOWING
  const { changes, lastInsertRowid } = statement(db, sql).run(
    eventId,
    eventType,
    occurredAt,
    atMs,
    projectUuid,
    sizeBytes,
    key ?? null,
    text,
    stream,
    aggregateKey(projectUuid, asString(event.aggregate_id) ?? ''),
    (through ?? 0) + sizeBytes,
  )
  return changes === 0 ? undefined : Number(lastInsertRowid)
}

function streamKey({ projectUuid }: Admitted, account: string | undefined): StreamKey {
  return { project: projectUuid.toLowerCase(), account: accountName(account) }
}

function streamIn(db: SqlDatabase, admitted: Admitted, { account, streams }: CaptureBatch): number {
  const key = streamKey(admitted, account)
  const known = streams.get(key.project) ?? streamId(db, key)
  streams.set(key.project, known)
  return known
}

/** Where the running byte total stands, at the newest row. */
function bytesThrough(db: SqlDatabase): number {
  const sql = 'SELECT bytes_through FROM events ORDER BY seq DESC LIMIT 1'
  return statement<number>(db, sql).pluck().get() ?? 0
}

function markBlocked(journal: Journal, seq: number, reason: BlockedReason, atMs: number): void {
  statement(journal.db, 'INSERT INTO blocked_events VALUES (?, ?, ?)').run(seq, reason, atMs)
}
