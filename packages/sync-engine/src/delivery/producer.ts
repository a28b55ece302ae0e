import { noteDecision, type Decider } from '../consent/audit.ts'
import type { AllowedStreams } from '../consent/allowed.ts'
import type { SqlDatabase } from '../base/sqlite.ts'
import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import type { Outgoing } from './select.ts'

/** Whose events a batch has, for receivers that notice copied and restored homes (docs/batch-api.md). */
export interface Producer {
  /** The journal's own UUID. */
  readonly id: string
  readonly epoch: number
  /** Up to here every target had been answered when the epoch began: these numbers never come in it. */
  readonly before: number
}

/** The identity of an open journal. */
export function producerOf({ db }: Journal): Producer {
  const row = statement<Producer>(
    db,
    `SELECT journal_id AS id, epoch, coalesce((
       SELECT CAST(detail AS INTEGER) FROM incidents WHERE kind = 'new-epoch'
       ORDER BY incident_id DESC LIMIT 1), 0) AS before FROM journal_state`,
  ).get()
  if (row === undefined) throw new Error('the journal has no state row')
  return row
}

/** So many ranges are named in one batch; whatever is not named shows as a gap, which is no harm. */
const MOST_RANGES = 100

type Range = readonly [first: number, last: number]

/**
 * The `producer` member of a batch. The number of an event is its position in the journal: it is the same
 * whenever the event is sent, and another event at that position is a copy or a restored backup.
 */
export function producerMember(
  db: SqlDatabase,
  { id, epoch, before }: Producer,
  events: readonly Outgoing[],
  allowed: AllowedStreams,
): string {
  const sequences = events.map(({ seq }) => seq)
  const skipped = [
    ...(before > 0 ? [[1, before] as const] : []),
    ...rangesOf(skippedBetween(db, Math.min(...sequences), Math.max(...sequences), allowed)),
  ].slice(0, MOST_RANGES)
  return JSON.stringify({ id, epoch, sequences, ...(skipped.length > 0 && { skipped }) })
}

const MAY_GO = `(@all OR e.stream_id IN (SELECT value FROM json_each(@streams))
  OR (e.stream_id IS NULL AND lower(e.producer) IN (SELECT value FROM json_each(@projects))))`

/** The last event before the batch that may go there; what is between is named with this batch. */
const LOWER = `SELECT seq FROM events e NOT INDEXED WHERE seq < @first AND ${MAY_GO} ORDER BY seq DESC LIMIT 1`

const SKIPPED = `
  SELECT seq FROM superseded WHERE kind <> 'marked' AND seq > @lower AND seq < @last
  UNION SELECT e.seq FROM events e NOT INDEXED
    WHERE NOT @all AND seq > @lower AND seq < @last AND NOT ${MAY_GO}
  ORDER BY 1 LIMIT 100000`

/** Positions that have no event any more, or one that may not go to this target. */
function skippedBetween(
  db: SqlDatabase,
  first: number,
  last: number,
  { all, streams, projects }: AllowedStreams,
): number[] {
  const chosen = { all: Number(all), streams, projects }
  const lower = statement<number>(db, LOWER)
    .pluck()
    .get({ ...chosen, first })
  return statement<number>(db, SKIPPED)
    .pluck()
    .all({ ...chosen, lower: lower ?? 0, last })
}

function rangesOf(numbers: readonly number[]): Range[] {
  const ranges: [number, number][] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last?.[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges
}

/** Keeps which epoch a receiver says that no copy uses. */
export function noteFenced({ db, now }: Journal, nextEpoch: number | undefined): void {
  statement(db, `INSERT INTO incidents (kind, detail, at_ms) VALUES ('moved', ?, ?)`).run(
    String(nextEpoch ?? ''),
    now(),
  )
}

/**
 * Starts a new epoch: from then on this home is another producer than the copy or the backup that it
 * shares its past with. What is to be delivered is sent under the new one, nothing is lost; audited.
 * @returns the new epoch
 */
export function renewProducer(journal: Journal, by: Decider): number {
  const { db, now } = journal
  const write = db.transaction((): number => {
    const { epoch } = producerOf(journal)
    const told = statement<number>(
      db,
      `SELECT coalesce(max(CAST(detail AS INTEGER)), 0) FROM incidents
       WHERE kind = 'moved' AND seen_at_ms IS NULL`,
    )
      .pluck()
      .get()
    const next = Math.max(epoch + 1, told ?? 0)
    const before = statement<number>(
      db,
      'SELECT coalesce(min(recorded_through), 0) FROM generations WHERE is_current = 1',
    )
      .pluck()
      .get()
    statement(db, 'UPDATE journal_state SET epoch = ?').run(next)
    // What the receiver refused was the old epoch: nothing is known yet against the new one.
    statement(
      db,
      `UPDATE targets SET last_drain_outcome = NULL, blocked_reason = NULL
       WHERE last_drain_outcome = 'fenced'`,
    ).run()
    statement(db, 'UPDATE incidents SET seen_at_ms = ? WHERE seen_at_ms IS NULL').run(now())
    statement(
      db,
      `INSERT INTO incidents (kind, detail, at_ms, seen_at_ms) VALUES ('new-epoch', @before, @at, @at)`,
    ).run({ before: String(before ?? 0), at: now() })
    const detail = `epoch ${epoch} was used by another home, too`
    noteDecision(journal, by, { action: 'renew-producer', subject: `epoch ${next}`, detail })
    return next
  })
  return write.immediate()
}
