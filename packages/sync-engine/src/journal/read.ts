import { SyncError } from '../base/errors.ts'
import { specKitty } from '../base/remedies.ts'
import type { Journal } from './journal.ts'
import { statement } from './statements.ts'
import { upToBytes } from './up-to-bytes.ts'

/** A captured event as `sync journal list` shows it; `envelope` is the stored text. */
export interface JournalEntry {
  readonly seq: number
  readonly eventId: string
  readonly eventType: string
  readonly occurredAt: string
  readonly capturedAtMs: number
  readonly producer: string
  /** The account that it was captured under; empty for none. */
  readonly account: string
  readonly sizeBytes: number
  /** Undefined once gc or archive removed the payload; the ledger still knows the event. */
  readonly envelope: string | undefined
  readonly archivedAtMs: number | undefined
  readonly blockedReason: string | undefined
  /** The id of the event that took its place, where one did. */
  readonly supersededBy: string | undefined
}

export interface ListOptions {
  readonly type?: string | undefined
  /** Newest first instead of in order of capture. */
  readonly newest?: boolean | undefined
  readonly limit?: number | undefined
  /** Continue behind this position, in the direction of the list. */
  readonly after?: number | undefined
}

interface EntryRow {
  readonly seq: number
  readonly event_id: string
  readonly event_type: string
  readonly occurred_at: string
  readonly captured_at_ms: number
  readonly producer: string
  readonly account: string | null
  readonly size_bytes: number
  readonly envelope: string | null
  readonly archived_at_ms: number | null
  readonly reason: string | null
  readonly by_event_id: string | null
}

const ENTRY = `
  SELECT e.*, b.reason, s.by_event_id, st.account FROM events e
  LEFT JOIN blocked_events b ON b.seq = e.seq
  LEFT JOIN superseded s ON s.seq = e.seq
  LEFT JOIN streams st ON st.stream_id = e.stream_id`

/** Captured events, oldest first unless told otherwise. */
export function readEntries(journal: Journal, options: ListOptions = {}): JournalEntry[] {
  return [...entryRows(journal, options)].map(toEntry)
}

/**
 * The same, at most as many as memory is to hold; go on behind the last of them.
 * @throws {SyncError} `journal-unreadable` where a damaged page leads back: who goes on would never come to an end
 */
export function readSomeEntries(journal: Journal, options: ListOptions = {}): JournalEntry[] {
  const rows = upToBytes(entryRows(journal, options), ({ envelope }) => envelope)
  const { newest = false, after = newest ? Number.MAX_SAFE_INTEGER : 0 } = options
  let before = after
  for (const { seq } of rows) {
    if (newest ? seq >= before : seq <= before) throw outOfOrder(journal)
    before = seq
  }
  return rows.map(toEntry)
}

function outOfOrder({ path }: Journal): SyncError {
  return new SyncError({
    code: 'journal-unreadable',
    what: 'the journal is damaged: its events are not in order',
    where: path,
    remedy: specKitty('doctor', 'journal', '--repair'),
  })
}

function entryRows({ db }: Journal, options: ListOptions): IterableIterator<EntryRow> {
  const { type, newest = false, limit = 100, after } = options
  const [direction, beyond] = newest ? ['DESC', '<'] : ['ASC', '>']
  const start = after ?? (newest ? Number.MAX_SAFE_INTEGER : 0)
  const ofType = type === undefined ? '' : 'AND e.event_type = @type'
  const sql = `${ENTRY} WHERE e.seq ${beyond} @start ${ofType} ORDER BY e.seq ${direction} LIMIT @limit`
  const parameters = { start, limit, ...(type !== undefined && { type }) }
  return statement<EntryRow>(db, sql).iterate(parameters)
}

/** One captured event, or undefined if the journal has none with this id. */
export function findEvent({ db }: Journal, eventId: string): JournalEntry | undefined {
  const row = statement<EntryRow>(db, `${ENTRY} WHERE e.event_id = ?`).get(eventId)
  return row && toEntry(row)
}

function toEntry(row: EntryRow): JournalEntry {
  return {
    seq: row.seq,
    eventId: row.event_id,
    eventType: row.event_type,
    occurredAt: row.occurred_at,
    capturedAtMs: row.captured_at_ms,
    producer: row.producer,
    account: row.account ?? '',
    sizeBytes: row.size_bytes,
    envelope: row.envelope ?? undefined,
    archivedAtMs: row.archived_at_ms ?? undefined,
    blockedReason: row.reason ?? undefined,
    supersededBy: row.by_event_id ?? undefined,
  }
}

/** An invalid event that was refused at capture and kept for inspection; never sent. */
export interface QuarantinedEvent {
  readonly quarantineId: number
  readonly eventId: string | undefined
  readonly problems: readonly string[]
  readonly received: string
  readonly atMs: number
}

interface QuarantineRow {
  readonly quarantine_id: number
  readonly event_id: string | null
  readonly problems: string
  readonly received: string
  readonly at_ms: number
}

/** What was refused at capture, newest first. */
export function listQuarantined({ db }: Journal, limit = 100): QuarantinedEvent[] {
  const sql = 'SELECT * FROM quarantine ORDER BY quarantine_id DESC LIMIT ?'
  return statement<QuarantineRow>(db, sql)
    .all(limit)
    .map((row) => ({
      quarantineId: row.quarantine_id,
      eventId: row.event_id ?? undefined,
      problems: JSON.parse(row.problems) as string[],
      received: row.received,
      atMs: row.at_ms,
    }))
}
