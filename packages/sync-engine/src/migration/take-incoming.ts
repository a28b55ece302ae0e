import type { SqlDatabase } from '../base/sqlite.ts'
import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'
import { registerStoredForm } from '../journal/stored-form.ts'
import { numberStreams } from '../journal/streams.ts'
import { aggregateIn, memberIn, projectIn } from '../queues/event-sql.ts'
import { UNKNOWN_ACCOUNT } from '../target/account.ts'
import { selected, type ResolveReport, type Selection } from './selection.ts'

/** Events replaced per transaction: captures go on in between. */
const CHUNK = 10_000
const REFUSALS_NAMED = 50

const SETUP = `
  CREATE TEMP TABLE picks (
    event_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, incoming TEXT NOT NULL,
    incoming_sha TEXT NOT NULL, event_type TEXT NOT NULL, captured_at_ms INTEGER NOT NULL,
    account TEXT NOT NULL)`

// One version per event: where two sources disagree among themselves, a person has to name one. The
// table is walked in the order of its key, so each chunk begins where the last one ended.
const PICK = `
  INSERT INTO picks
  SELECT c.event_id, e.seq, min(c.incoming), min(c.incoming_sha), e.event_type, e.captured_at_ms,
    coalesce(min(c.account), '${UNKNOWN_ACCOUNT}')
  FROM conflicts c INDEXED BY sqlite_autoindex_conflicts_1
  JOIN events e ON e.event_id = c.event_id
  WHERE c.event_id > @after AND ${selected('c')}
    AND e.seq > (SELECT claimed_through FROM journal_state)
  GROUP BY c.event_id HAVING count(DISTINCT c.incoming_sha) = 1
  ORDER BY c.event_id LIMIT ${CHUNK}`

// The newest row may not be deleted, or totals could no longer be read from positions.
const PLACEHOLDER = `
  INSERT INTO events (seq, event_id, event_type, occurred_at, captured_at_ms, producer, size_bytes,
    bytes_through, coalesce_key, removed_at_ms, archived_at_ms, removed_sha, envelope)
  SELECT seq + 1, 'placeholder-' || (seq + 1), 'placeholder', occurred_at,
    captured_at_ms, producer, 1, bytes_through + 1, NULL, NULL, NULL, NULL, ' '
  FROM events ORDER BY seq DESC LIMIT 1`

const NOTE = `
  INSERT INTO superseded (seq, event_id, by_event_id, kind, coalesce_key, at_ms)
  SELECT seq, event_id, event_id, 'resolved', NULL, @now FROM picks
  UNION ALL SELECT seq, event_id, event_id, 'resolved', NULL, @now FROM events
    WHERE event_type = 'placeholder' AND seq = (SELECT max(seq) FROM events)`

// Project and account of this version decide where it may go, not those of the one that it replaces.
const REPLACE = `
  INSERT INTO events (event_id, event_type, occurred_at, captured_at_ms, producer, size_bytes,
    bytes_through, coalesce_key, envelope, stream_id, aggregate)
  SELECT event_id, event_type, coalesce(${memberIn('incoming', 'timestamp')}, ''), captured_at_ms, project,
    octet_length(incoming),
    sum(octet_length(incoming)) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING)
      + (SELECT bytes_through FROM events ORDER BY seq DESC LIMIT 1), NULL, incoming,
    stream_of(project, account), ${aggregateIn('incoming', 'project')}
  FROM (SELECT *, ${projectIn('incoming')} AS project FROM picks ORDER BY seq LIMIT -1)`

const DECIDE = `
  UPDATE conflicts SET resolved_at_ms = @now, resolution = 'took-incoming'
  WHERE resolved_at_ms IS NULL AND event_id IN (SELECT event_id FROM picks)
    AND incoming_sha = (SELECT p.incoming_sha FROM picks p WHERE p.event_id = conflicts.event_id)`

const REFUSED = `
  FROM conflicts c LEFT JOIN events e ON e.event_id = c.event_id
  WHERE ${selected('c')}`

/**
 * Lets the versions from the queues take the place of the journal's. Only events that were never handed
 * to any target can change; all others are refused, because a target may have them (SYNC/FR-011).
 */
export function takeIncoming({ db, now }: Journal, selection: Selection): ResolveReport {
  registerStoredForm(db)
  db.exec(SETUP)
  let resolved = 0
  for (let after: string | null = ''; after !== null;) {
    const chunk = takeChunk(db, { ...selection, after }, now())
    resolved += chunk.resolved
    after = chunk.last
  }
  db.exec('DROP TABLE picks')
  const refused = statement<{ eventId: string; why: string }>(
    db,
    `SELECT c.event_id AS eventId,
       CASE WHEN e.seq <= (SELECT claimed_through FROM journal_state)
         THEN 'it was already handed to a target, so it cannot change; keep the existing version'
         ELSE 'two sources disagree; name one with --source' END AS why
     ${REFUSED} GROUP BY c.event_id LIMIT ${REFUSALS_NAMED}`,
  ).all(selection)
  const refusedCount = Number(statement(db, `SELECT count(*) ${REFUSED}`).pluck().get(selection))
  return { resolved, refused, refusedCount }
}

interface Chunk {
  readonly resolved: number
  /** The last event of the chunk; null when there was none left. */
  readonly last: string | null
}

function takeChunk(db: SqlDatabase, from: Selection & { after: string }, now: number): Chunk {
  const take = db.transaction((): Chunk => {
    if (statement(db, PICK).run(from).changes === 0) return { resolved: 0, last: null }
    statement(db, PLACEHOLDER).run()
    statement(db, NOTE).run({ now })
    statement(db, 'DELETE FROM events WHERE seq IN (SELECT seq FROM picks)').run()
    const keepStreams = numberStreams(db)
    statement(db, REPLACE).run()
    keepStreams()
    statement(db, "DELETE FROM events WHERE event_type = 'placeholder'").run()
    const { changes } = statement(db, DECIDE).run({ now })
    const last = String(statement(db, 'SELECT max(event_id) FROM picks').pluck().get())
    statement(db, 'DELETE FROM picks').run()
    return { resolved: changes, last }
  })
  return take.immediate()
}
