import { contentHash } from '../base/digest.ts'
import type { CaptureOutcome, CaptureBatch } from './capture-outcome.ts'
import type { Journal } from './journal.ts'
import type { Admitted, Refused } from './judgement.ts'
import { accountName } from '../target/account.ts'
import { statement } from './statements.ts'

/** An event as it comes in. */
type Incoming = Pick<Admitted, 'eventId' | 'text'>

/** The id is known. The same content again is fine, other content is kept aside for the operator. */
export function compareWithStored(
  journal: Journal,
  incoming: Incoming,
  batch: CaptureBatch,
): CaptureOutcome {
  const outcome = compareIfStored(journal, incoming, batch)
  if (outcome === undefined) throw new Error(`the journal has no event ${incoming.eventId}`)
  return outcome
}

/** The same for an id that may be new: undefined then. */
export function compareIfStored(
  journal: Journal,
  { eventId, text }: Incoming,
  batch: CaptureBatch,
): CaptureOutcome | undefined {
  const stored = statement<Stored>(journal.db, STORED).get(eventId)
  if (stored === undefined) return undefined
  if (stored.envelope === text) return { kind: 'already-captured', eventId }
  const incomingSha = contentHash(text)
  const existingSha = stored.removed_sha ?? contentHash(stored.envelope ?? 'null')
  if (incomingSha !== existingSha) {
    const shas = { existingSha, incomingSha }
    return {
      kind: 'divergent',
      eventId,
      conflictId: keepConflict(journal, { eventId, text }, shas, batch),
    }
  }
  const isBack = batch.restores === true && restore(journal, stored.seq, text)
  return { kind: isBack ? 'restored' : 'already-captured', eventId }
}

/**
 * An event that no door takes any more, but that this journal took when the rules were wider: if its
 * content is the same, it is known, and its payload comes back. Undefined if it is not.
 */
export function knownAs(
  journal: Journal,
  { eventId, received: text }: Refused,
  batch: CaptureBatch,
): CaptureOutcome | undefined {
  if (batch.restores !== true || eventId === undefined) return undefined
  const stored = statement<Stored>(journal.db, STORED).get(eventId)
  if (stored === undefined) return undefined
  const existingSha = stored.removed_sha ?? contentHash(stored.envelope ?? 'null')
  return contentHash(text) === existingSha
    ? compareWithStored(journal, { eventId, text }, batch)
    : undefined
}

interface Stored {
  readonly seq: number
  /** Null once gc or archive removed it; then the digest of its content is left. */
  readonly envelope: string | null
  readonly removed_sha: string | null
}

const STORED = 'SELECT seq, envelope, removed_sha FROM events WHERE event_id = ?'

// The same content in another layout has another size, which the database does not let in.
const RESTORE = `
  UPDATE events SET envelope = @text, removed_at_ms = NULL, removed_sha = NULL, archived_at_ms = NULL
  WHERE seq = @seq AND envelope IS NULL AND size_bytes = octet_length(@text)`

function restore({ db }: Journal, seq: number, text: string): boolean {
  return statement(db, RESTORE).run({ seq, text }).changes === 1
}

const CONFLICT = `
  INSERT INTO conflicts (event_id, source, existing_sha, incoming_sha, incoming, detail, recorded_at_ms,
    account)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (event_id, source, incoming_sha) DO UPDATE SET detail = excluded.detail
  RETURNING conflict_id`

function keepConflict(
  journal: Journal,
  { eventId, text }: Incoming,
  { existingSha, incomingSha }: { readonly existingSha: string; readonly incomingSha: string },
  batch: CaptureBatch,
): number {
  const source = batch.source ?? 'capture'
  const detail = 'the journal has this event id with other content'
  const row = statement(journal.db, CONFLICT).pluck()
  const account = accountName(batch.account)
  const values = [eventId, source, existingSha, incomingSha, text, detail, batch.atMs, account]
  return Number(row.get(...values))
}
