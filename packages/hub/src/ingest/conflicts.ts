import { HubError } from '../base/errors.ts'
import { Problem } from '../base/problem.ts'
import { eventKey } from '../contract/event-id.ts'
import type { ValidEvent } from '../contract/event.ts'
import { inItsGeneration } from '../schema/generation.ts'
import { nullableIn, type Database, type Session } from '../database/database.ts'

/**
 * Keeps the other contents of known ids for a person. The same content again only counts.
 * @returns those that a person has decided already, as `<id> <digest>`
 */
export async function recordConflicts(
  session: Session,
  tenantId: string,
  events: readonly ValidEvent[],
): Promise<Set<string>> {
  const decided = new Set<string>()
  const seen = new Set<string>()
  for (const { key, digest, eventId, text } of events) {
    const name = `${key} ${digest}`
    if (seen.has(name)) continue
    seen.add(name)
    const [row] = await session.query(
      `INSERT INTO hub.conflict AS c (tenant_id, event_id, digest, id_as_sent, body)
       VALUES ($1::text::int, $2::text::uuid, decode($3::text, 'hex'), $4::text, $5::text)
       ON CONFLICT (tenant_id, event_id, digest)
         DO UPDATE SET times = c.times + 1, last_seen_at = now()
       RETURNING decision`,
      [tenantId, key, digest, eventId, text],
    )
    if (nullableIn(row, 'decision') !== null) decided.add(name)
  }
  return decided
}

export interface ConflictSummary {
  readonly event_id: string
  readonly digest: string
  readonly times: number
  readonly first_seen_at: string
  readonly last_seen_at: string
  readonly decision: string | null
}

export interface ConflictView {
  readonly event_id: string
  readonly stored: { readonly digest: string; readonly text: string | null }
  readonly incoming: readonly (ConflictSummary & { readonly text: string })[]
}

const SUMMARY = `c.id_as_sent, encode(c.digest, 'hex') AS digest, c.times::text,
  c.first_seen_at::text, c.last_seen_at::text, c.decision`

/** @param all also those that were decided */
export async function listConflicts(
  database: Database,
  tenantId: string,
  all = false,
): Promise<ConflictSummary[]> {
  const rows = await database.asTenant(tenantId, (session) =>
    session.query(
      `SELECT ${SUMMARY} FROM hub.conflict c
       WHERE tenant_id = $1::text::int AND ($2::text = 'true' OR decision IS NULL)
       ORDER BY first_seen_at, event_id LIMIT 10000`,
      [tenantId, String(all)],
    ),
  )
  return rows.map(summaryOf)
}

function summaryOf(row: Readonly<Record<string, string | null>>): ConflictSummary {
  return {
    event_id: row['id_as_sent'] ?? '',
    digest: row['digest'] ?? '',
    times: Number(row['times']),
    first_seen_at: row['first_seen_at'] ?? '',
    last_seen_at: row['last_seen_at'] ?? '',
    decision: row['decision'] ?? null,
  }
}

/** Both contents in full. @throws {HubError} `conflict-unknown` */
export function showConflict(
  database: Database,
  tenantId: string,
  eventId: string,
): Promise<ConflictView> {
  return database.asTenant(tenantId, (session) => view(session, tenantId, eventId))
}

async function view(session: Session, tenantId: string, eventId: string): Promise<ConflictView> {
  const key = eventKey(eventId)
  if (key === undefined) throw unknownConflict(eventId)
  const rows = await session.query(
    `SELECT ${SUMMARY}, c.body FROM hub.conflict c
     WHERE tenant_id = $1::text::int AND event_id = $2::text::uuid ORDER BY first_seen_at, digest`,
    [tenantId, key],
  )
  if (rows.length === 0) throw unknownConflict(eventId)
  const [stored] = await session.query(
    `SELECT encode(k.digest, 'hex') AS digest, e.body FROM hub.event_key k
     LEFT JOIN hub.event e ON e.tenant_id = k.tenant_id AND e.generation = k.generation
       AND e.tx = k.tx AND e.idx = k.idx AND e.received_at = k.stored_at
     WHERE k.tenant_id = $1::text::int AND k.event_id = $2::text::uuid`,
    [tenantId, key],
  )
  return {
    event_id: rows[0]?.['id_as_sent'] ?? eventId,
    stored: { digest: stored?.['digest'] ?? '', text: stored?.['body'] ?? null },
    incoming: rows.map((row) => ({ ...summaryOf(row), text: row['body'] ?? '' })),
  }
}

export type Decision = 'stored' | 'incoming'

/**
 * A person's decision. `stored`: the other contents are refused for good. `incoming`: that content
 * replaces the stored one at a new place, so that readers get it as a later event with a higher
 * revision; what was stored becomes the kept other content.
 * @param digest of the content to take, where there are several; a beginning is enough
 * @throws {HubError} `conflict-unknown`, {@link Problem} `conflict-decided`
 */
export function resolveConflict(
  database: Database,
  tenantId: string,
  eventId: string,
  keep: Decision,
  digest = '',
): Promise<ConflictView> {
  return inItsGeneration(database, () =>
    database.asTenant(tenantId, async (session) => {
      const key = eventKey(eventId)
      if (key === undefined) throw unknownConflict(eventId)
      // Before anything is read: two people may decide about one event at the same time.
      await session.query(`SELECT FROM hub.event_key WHERE ${ONE} FOR UPDATE`, [tenantId, key])
      const { incoming } = await view(session, tenantId, eventId)
      const open = incoming.filter((one) => one.decision === null && one.digest.startsWith(digest))
      const [only, ...more] = open
      if (only === undefined) throw decidedBefore(eventId)
      if (keep === 'incoming' && more.length > 0) throw ambiguous(eventId, open)
      const digests = open.map((one) => one.digest)
      if (keep === 'incoming') await replace(session, tenantId, key, only.digest)
      else await decide(session, tenantId, key, digests)
      return view(session, tenantId, eventId)
    }),
  )
}

async function decide(
  session: Session,
  tenantId: string,
  key: string,
  digests: readonly string[],
): Promise<void> {
  for (const digest of digests)
    await session.query(
      `UPDATE hub.conflict SET decision = 'keep-stored', decided_at = now()
       WHERE tenant_id = $1::text::int AND event_id = $2::text::uuid AND digest = decode($3::text, 'hex')`,
      [tenantId, key, digest],
    )
}

const ONE = 'tenant_id = $1::text::int AND event_id = $2::text::uuid'

/**
 * Writes the former content to the conflicts first: nothing is ever overwritten without a copy. The revision
 * counts decisions: retention may have removed the former content.
 */
const REPLACE = `
  WITH old AS (
    SELECT e.*, k.digest FROM hub.event_key k JOIN hub.event e USING (tenant_id, generation, tx, idx)
    WHERE k.tenant_id = $1::text::int AND k.event_id = $2::text::uuid AND e.received_at = k.stored_at
  ), taken AS (
    SELECT * FROM hub.conflict WHERE ${ONE} AND digest = decode($3::text, 'hex')
  ), kept AS (
    INSERT INTO hub.conflict (tenant_id, event_id, digest, id_as_sent, body, decision, decided_at)
    SELECT tenant_id, event_id, digest, body::json ->> 'event_id', body, 'keep-stored', now()
    FROM old ON CONFLICT DO NOTHING
  ), removed AS (
    DELETE FROM hub.event e USING old WHERE e.tenant_id = old.tenant_id
      AND e.generation = old.generation AND e.tx = old.tx AND e.idx = old.idx
      AND e.received_at = old.received_at
  )
  INSERT INTO hub.event (tenant_id, generation, tx, idx, received_at, event_id, event_type,
    project_uuid, revision, size_bytes, body)
  SELECT taken.tenant_id, (SELECT hub.generation()), pg_current_xact_id(), 0, now(),
    taken.event_id, left(taken.body::json ->> 'event_type', 200), (taken.body::json ->> 'project_uuid')::uuid,
    2 + (SELECT count(*)::int FROM hub.conflict WHERE ${ONE} AND decision = 'take-incoming'),
    octet_length(taken.body), taken.body
  FROM taken`

async function replace(
  session: Session,
  tenantId: string,
  key: string,
  digest: string,
): Promise<void> {
  const params = [tenantId, key, digest]
  await session.query(REPLACE, params)
  await session.query(
    `UPDATE hub.event_key SET digest = decode($3::text, 'hex'), tx = pg_current_xact_id(), idx = 0,
       generation = (SELECT hub.generation()), stored_at = now() WHERE ${ONE}`,
    params,
  )
  await session.query(
    `UPDATE hub.conflict SET decision = 'take-incoming', decided_at = now()
     WHERE ${ONE} AND digest = decode($3::text, 'hex')`,
    params,
  )
}

function unknownConflict(eventId: string): HubError {
  return new HubError({
    code: 'conflict-unknown',
    what: 'there is no conflict about this event',
    where: eventId.slice(0, 40),
    next: 'run: spec-kitty-hub conflicts list --tenant <name>',
  })
}

function decidedBefore(eventId: string): Problem {
  return new Problem('conflict-decided', {
    detail: 'there is no open conflict about this event with that content',
    next: `run: spec-kitty-hub conflicts show ${eventId} --tenant <name>`,
  })
}

function ambiguous(eventId: string, open: readonly ConflictSummary[]): Problem {
  return new Problem('conflict-decided', {
    detail: `several other contents of ${eventId} wait: ${open.map((one) => one.digest.slice(0, 12)).join(', ')}`,
    next: 'name the one to take with --digest',
  })
}
