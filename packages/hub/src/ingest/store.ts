import { canonicalText } from '../contract/canonical.ts'
import type { ValidEvent } from '../contract/event.ts'
import { arrayText, SEPARATOR, type Session } from '../database/database.ts'
import { recordConflicts } from './conflicts.ts'

/** What became of one event of the batch. */
export type Outcome = 'stored' | 'duplicate' | 'conflict' | 'conflict-decided'

/**
 * Stores the events of a batch that the tenant does not have. Each column is one parameter; bodies are
 * separated by a character that JSON text cannot hold unescaped, so nothing is quoted or parsed on the
 * way and the text stays as it was sent. Keys are inserted in order, so that two batches with the same
 * events wait for each other instead of blocking each other.
 */
const STORE = `
  WITH incoming AS MATERIALIZED (
    SELECT * FROM ROWS FROM (
      string_to_table($2::text, chr(30)), string_to_table($3::text, chr(30)),
      string_to_table($4::text, chr(30)), unnest($5::text::text[]), unnest($6::text::uuid[]),
      unnest($7::text::int[]), unnest($8::text::int[])
    ) AS t(body, key, digest, event_type, project_uuid, idx, size_bytes)
  ), new AS (
    INSERT INTO hub.event_key (tenant_id, event_id, digest, generation, tx, idx, stored_at)
    SELECT $1::text::int, key::uuid, decode(digest, 'hex'), (SELECT generation FROM hub.state),
      pg_current_xact_id(), idx, now()
    FROM incoming ORDER BY key
    ON CONFLICT DO NOTHING
    RETURNING event_id, generation, tx, idx
  ), stored AS (
    INSERT INTO hub.event (tenant_id, generation, tx, idx, received_at, event_id, event_type,
      project_uuid, size_bytes, body)
    SELECT $1::text::int, n.generation, n.tx, n.idx, now(), n.event_id, i.event_type, i.project_uuid,
      i.size_bytes, i.body
    FROM new n JOIN incoming i USING (idx) ORDER BY n.idx
  )
  SELECT idx::text FROM new`

/**
 * Stores what is new and compares the rest with what is stored.
 * @returns the outcome for each event, by its index in the batch
 */
export async function storeEvents(
  session: Session,
  tenantId: string,
  events: readonly ValidEvent[],
): Promise<Map<number, Outcome>> {
  const outcomes = new Map<number, Outcome>()
  const { first, repeated } = separate(events)
  const fresh = await insert(session, tenantId, first)
  for (const { index } of first) if (fresh.has(index)) outcomes.set(index, 'stored')
  const known = [...first.filter(({ index }) => !fresh.has(index)), ...repeated]
  for (const { index } of known) outcomes.set(index, 'duplicate')
  const conflicts = await differingFromStored(session, tenantId, known)
  const decided = await recordConflicts(session, tenantId, conflicts)
  for (const { index, digest, key } of conflicts)
    outcomes.set(index, decided.has(`${key} ${digest}`) ? 'conflict-decided' : 'conflict')
  return outcomes
}

/** The first event of each id, and those whose id came before in the same batch. */
function separate(events: readonly ValidEvent[]): {
  readonly first: readonly ValidEvent[]
  readonly repeated: readonly ValidEvent[]
} {
  const keys = new Set<string>()
  const first: ValidEvent[] = []
  const repeated: ValidEvent[] = []
  for (const event of events) {
    ;(keys.has(event.key) ? repeated : first).push(event)
    keys.add(event.key)
  }
  return { first, repeated }
}

async function insert(
  session: Session,
  tenantId: string,
  events: readonly ValidEvent[],
): Promise<Set<number>> {
  if (events.length === 0) return new Set()
  const rows = await session.query(STORE, [
    tenantId,
    events.map(({ text }) => text).join(SEPARATOR),
    events.map(({ key }) => key).join(SEPARATOR),
    events.map(({ digest }) => digest).join(SEPARATOR),
    arrayText(events.map(({ eventType }) => eventType)),
    arrayText(events.map(({ projectUuid }) => projectUuid)),
    arrayText(events.map(({ index }) => index)),
    arrayText(events.map(({ sizeBytes }) => sizeBytes)),
  ])
  return new Set(rows.map((row) => Number(row['idx'])))
}

/** A new statement has a new snapshot: it also sees what another hub committed a moment ago. */
async function differingFromStored(
  session: Session,
  tenantId: string,
  events: readonly ValidEvent[],
): Promise<ValidEvent[]> {
  if (events.length === 0) return []
  const rows = await session.query(
    `SELECT event_id::text, encode(digest, 'hex') AS digest FROM hub.event_key
     WHERE tenant_id = $1::text::int AND event_id = ANY ($2::text::uuid[])`,
    [tenantId, arrayText(events.map(({ key }) => key))],
  )
  const digests = new Map(rows.map((row) => [row['event_id'], row['digest']]))
  const others = events.filter(({ key, digest }) => digests.get(key) !== digest)
  const bodies = await storedBodies(session, tenantId, others)
  return others.filter(({ key, text }) => {
    const body = bodies.get(key)
    return body === undefined || !sameContent(body, text)
  })
}

async function storedBodies(
  session: Session,
  tenantId: string,
  events: readonly ValidEvent[],
): Promise<Map<string, string>> {
  if (events.length === 0) return new Map()
  const rows = await session.query(
    `SELECT k.event_id::text, e.body FROM hub.event_key k
     JOIN hub.event e ON e.tenant_id = k.tenant_id AND e.generation = k.generation AND e.tx = k.tx
       AND e.idx = k.idx AND e.received_at = k.stored_at
     WHERE k.tenant_id = $1::text::int AND k.event_id = ANY ($2::text::uuid[])`,
    [tenantId, arrayText(events.map(({ key }) => key))],
  )
  return new Map(rows.map((row) => [row['event_id'] ?? '', row['body'] ?? '']))
}

function sameContent(a: string, b: string): boolean {
  return a === b || canonicalText(a) === canonicalText(b)
}
