import { contentHash } from '../canonical.ts'
import type { CaptureOutcome, Moment } from './capture-outcome.ts'
import type { EventEnvelope } from './envelope.ts'
import type { Journal } from './journal.ts'
import { statement } from './statements.ts'

/** The id is known. The same content again is fine, other content is kept aside for the operator. */
export function compareWithStored(
  journal: Journal,
  event: EventEnvelope,
  text: string,
  moment: Moment,
): CaptureOutcome {
  const eventId = event.event_id
  const stored = statement<Stored>(journal.db, STORED).get(eventId)
  if (stored?.envelope === text) return { kind: 'already-captured', eventId }
  const incomingSha = contentHash(text)
  const existingSha = stored?.removed_sha ?? contentHash(stored?.envelope ?? 'null')
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
