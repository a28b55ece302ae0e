import { canonicalJson } from '@canary-gate/batch-contract'
import type { ValidEvent } from '../contract/event.ts'
import { arrayText, nullableIn, SEPARATOR, type Session } from '../database/database.ts'
import { recordConflicts } from './conflicts.ts'

/** What became of one event of the batch. */
export type Outcome = 'stored' | 'duplicate' | 'conflict' | 'conflict-decided'

/**
 * Stores the events of a batch that the tenant does not have, and counts them for the plot of arrivals.
 * Each column is one parameter; bodies are separated by a character that JSON text cannot hold
 * unescaped, so nothing is quoted or parsed on the way and the text stays as it was sent. Keys are
 * inserted in order, so that two batches with the same events wait for each other instead of blocking
 * each other. Where everything is new the answer is one number, not a row for each event.
 */
const STORE = `
  WITH incoming AS MATERIALIZED (
    SELECT * FROM ROWS FROM (
      string_to_table($2::text, chr(30)), string_to_table($3::text, chr(30)),
      string_to_table($4::text, chr(30)), unnest($5::text::text[]), unnest($6::text::uuid[]),
      unnest($7::text::int[])
    ) AS t(body, key, digest, event_type, project_uuid, idx)
  ), new AS (
    INSERT INTO hub.event_key (tenant_id, event_id, digest, generation, tx, idx, stored_at)
    SELECT $1::text::int, key::uuid, decode(digest, 'hex'), (SELECT hub.generation()),
      pg_current_xact_id(), idx, now()
    FROM incoming ORDER BY key
    ON CONFLICT DO NOTHING
    RETURNING event_id, generation, tx, idx
  ), stored AS (
    INSERT INTO hub.event (tenant_id, generation, tx, idx, received_at, event_id, event_type,
      project_uuid, size_bytes, body)
    SELECT $1::text::int, n.generation, n.tx, n.idx, now(), n.event_id, i.event_type, i.project_uuid,
      octet_length(i.body), i.body
    FROM new n JOIN incoming i USING (idx) ORDER BY n.idx
  ), counted AS (
    SELECT count(*) AS stored, string_agg(idx::text, ',') AS places FROM new
  ), arrived AS (
    INSERT INTO hub.arrival (tenant_id, received_at, stored, duplicates, refused)
    SELECT $1::text::int, now(), stored, $8::text::int - stored, $9::text::int FROM counted
  )
  SELECT CASE WHEN stored < (SELECT count(*) FROM incoming) THEN coalesce(places, '') END AS places
  FROM counted`

/**
 * Stores what is new and compares the rest with what is stored.
 * @param refused events of the batch that are not valid, for the plot of arrivals
 * @returns the outcome for each event, by its index in the batch
 */
export async function storeEvents(
  session: Session,
  tenantId: string,
  events: readonly ValidEvent[],
  refused: number,
): Promise<Map<number, Outcome>> {
  const outcomes = new Map<number, Outcome>()
  const { first, repeated } = separate(events)
  const counts = { valid: events.length, refused }
  const known = [...repeated]
  const places = await insert(session, tenantId, first, counts)
  for (const event of first)
    if (places === 'all' || places.has(event.index)) outcomes.set(event.index, 'stored')
    else known.push(event)
  for (const { index } of known) outcomes.set(index, 'duplicate')
  const conflicts = await differingFromStored(session, tenantId, known)
  if (conflicts.length === 0) return outcomes
  const decided = await recordConflicts(session, tenantId, conflicts)
  for (const { index, digest, key } of conflicts)
    outcomes.set(index, decided.has(`${key} ${digest}`) ? 'conflict-decided' : 'conflict')
  await session.query(CORRECT_ARRIVAL, [tenantId, conflicts.length])
  return outcomes
}

/** The statement that stores takes every known id for a duplicate. */
const CORRECT_ARRIVAL = `
  INSERT INTO hub.arrival (tenant_id, received_at, stored, duplicates, refused)
  SELECT $1::text::int, now(), 0, -$2::text::int, $2::text::int`

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

/** @returns the indexes of the events that are new, or that all of them are */
async function insert(
  session: Session,
  tenantId: string,
  events: readonly ValidEvent[],
  { valid, refused }: { readonly valid: number; readonly refused: number },
): Promise<'all' | Set<number>> {
  const [row] = await session.query(STORE, [
    tenantId,
    events.map(({ text }) => text).join(SEPARATOR),
    events.map(({ key }) => key).join(SEPARATOR),
    events.map(({ digest }) => digest).join(SEPARATOR),
    arrayText(events.map(({ eventType }) => eventType)),
    arrayText(events.map(({ projectUuid }) => projectUuid)),
    arrayText(events.map(({ index }) => index)),
    valid,
    refused,
  ])
  const places = nullableIn(row, 'places')
  if (places === null) return 'all'
  return new Set(places === '' ? [] : places.split(',').map(Number))
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
  return a === b || canonicalJson(a) === canonicalJson(b)
}
