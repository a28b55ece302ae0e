import { Problem } from '../base/problem.ts'
import { nullableIn, together, type Database, type Session } from '../database/database.ts'
import { multirange, type ProducerClaim } from './producer-claim.ts'

/** How a home that was copied or restored goes on: its journal gets an epoch of its own. */
const NEXT =
  'nothing was stored and nothing is lost; give the journal of this home a new epoch: spec-kitty sync producer renew'

const ONE = 'tenant_id = $1::text::int AND producer_id = $2::text AND epoch = $3::text::bigint'

/**
 * Locks the row of this producer until the end of the transaction, so that two batches of one journal
 * never overlap.
 * @throws {Problem} `producer-fenced` if another instance uses the same identity and epoch
 */
export async function enterProducer(
  session: Session,
  tenantId: string,
  { id, epoch, instance }: ProducerClaim,
): Promise<void> {
  const params = [tenantId, id, epoch]
  const [, [row]] = await together([
    session.query(
      `INSERT INTO hub.producer (tenant_id, producer_id, epoch, instance)
       VALUES ($1::text::int, $2::text, $3::text::bigint, $4::text) ON CONFLICT DO NOTHING`,
      [...params, instance ?? null],
    ),
    session.query(`SELECT instance FROM hub.producer WHERE ${ONE} FOR UPDATE`, params),
  ])
  const known = row?.['instance'] ?? undefined
  if (known === undefined || instance === undefined || known === instance) return
  throw new Problem('producer-fenced', {
    detail: `another machine delivers as producer ${id}, epoch ${epoch}: this home or the other one is a copy`,
    next: NEXT,
    more: { producer: await standing(session, tenantId, id, epoch) },
  })
}

export interface Sequences {
  /** Of events that this transaction stored for the first time. */
  readonly fresh: readonly number[]
  /** Of events that were stored before. */
  readonly known: readonly number[]
  /** Of events that arrived and were not stored: poison and conflicts. */
  readonly refused: readonly number[]
}

/**
 * Marks the numbers of a batch as arrived.
 * @throws {Problem} `producer-restored` if a new event has a number that arrived before with another
 * event: the journal went back to an earlier state, or is a copy. The transaction must be given up.
 */
export async function recordSequences(
  session: Session,
  tenantId: string,
  { id, epoch, instance, skipped }: ProducerClaim,
  { fresh, known, refused }: Sequences,
): Promise<void> {
  const params = [tenantId, id, epoch, multirange(fresh)]
  const [marked] = await session.query(MARK, [
    ...[...params, multirange(known), multirange(refused), multirange([], skipped)],
    instance ?? null,
  ])
  const reused = nullableIn(marked, 'reused')
  if (reused === null) return
  throw new Problem('producer-restored', {
    detail: `number ${reused} of producer ${id}, epoch ${epoch} arrived before with another event: this home was copied or restored from a backup`,
    next: NEXT,
    more: {
      producer: { ...(await standing(session, tenantId, id, epoch)), sequence: Number(reused) },
    },
  })
}

/** The last run that begins up to a number; runs of one kind do not overlap, so it is the one to look at. */
function lastUpTo(number: string, kind: string): string {
  return `LATERAL (SELECT s.ctid AS place, s.first, s.last FROM hub.sequence s
    WHERE s.tenant_id = $1::text::int AND s.producer_id = $2::text AND s.epoch = $3::text::bigint
      AND s.kind = ${kind} AND s.first <= ${number} ORDER BY s.first DESC LIMIT 1)`
}

/**
 * Looks at and replaces only the runs that those of the batch touch, however many there are: by their
 * places, because nothing that PostgreSQL knows of the table tells it how few they are. The row of the
 * producer is locked, so nobody else changes them. After a number was reused all of it is rolled back.
 */
const MARK = `
  WITH arrived AS (
    SELECT 'received' AS kind, lower(run) AS first, upper(run) - 1 AS last
      FROM unnest($4::text::int8multirange + $5::text::int8multirange) AS run
    UNION ALL SELECT 'refused', lower(run), upper(run) - 1 FROM unnest($6::text::int8multirange) AS run
    UNION ALL SELECT 'skipped', lower(run), upper(run) - 1 FROM unnest($7::text::int8multirange) AS run
  ), reused AS (
    SELECT greatest(known.first, lower(run)) AS number FROM unnest($4::text::int8multirange) AS run,
      ${lastUpTo('upper(run) - 1', `'received'`)} AS known
    WHERE known.last >= lower(run) ORDER BY 1 LIMIT 1
  ), joined AS (
    DELETE FROM hub.sequence WHERE ctid = ANY (ARRAY(
      SELECT before.place FROM arrived a, ${lastUpTo('a.first', 'a.kind')} AS before
        WHERE before.last >= a.first - 1
      UNION SELECT s.ctid FROM arrived a, LATERAL (SELECT s.ctid FROM hub.sequence s
        WHERE s.tenant_id = $1::text::int AND s.producer_id = $2::text AND s.epoch = $3::text::bigint
          AND s.kind = a.kind AND s.first > a.first AND s.first <= a.last + 1 OFFSET 0) AS s))
    RETURNING kind, first, last
  ), marked AS (
    INSERT INTO hub.sequence (tenant_id, producer_id, epoch, kind, first, last)
    SELECT $1::text::int, $2::text, $3::text::bigint, kind, lower(run), upper(run) - 1 FROM (
      SELECT kind, unnest(range_agg(int8range(first, last, '[]'))) AS run
      FROM (SELECT * FROM arrived UNION ALL SELECT * FROM joined) AS runs GROUP BY kind) AS one
  )
  UPDATE hub.producer SET instance = coalesce(instance, $8::text), last_seen_at = now()
  WHERE ${ONE} RETURNING (SELECT number FROM reused)::text AS reused`

/** What the sender needs to choose an epoch that no copy of it uses. */
async function standing(
  session: Session,
  tenantId: string,
  id: string,
  epoch: number,
): Promise<Record<string, unknown>> {
  const [row] = await session.query(STANDING, [tenantId, id])
  const highest = Number(row?.['highest'] ?? epoch)
  const free = highest < Number.MAX_SAFE_INTEGER ? highest + 1 : Number(row?.['free'] ?? 1)
  return { id, epoch, highest_epoch: highest, next_epoch: free }
}

/** Above the highest number that a document can hold exactly there is nothing: a free one is below. */
const STANDING = `
  WITH used AS (
    SELECT epoch FROM hub.producer WHERE tenant_id = $1::text::int AND producer_id = $2::text)
  SELECT max(epoch)::text AS highest,
    (min(epoch + 1) FILTER (WHERE epoch + 1 NOT IN (SELECT epoch FROM used)
      AND epoch < ${Number.MAX_SAFE_INTEGER}))::text AS free
  FROM used`

/** Keeps the incident for people: the transaction that noticed it was rolled back. */
export async function rememberIncident(
  database: Database,
  tenantId: string,
  { id, epoch }: ProducerClaim,
  incident: 'producer-fenced' | 'producer-restored',
): Promise<void> {
  await database.asTenant(tenantId, (session) =>
    session.query(`UPDATE hub.producer SET incident = $4::text, incident_at = now() WHERE ${ONE}`, [
      tenantId,
      id,
      epoch,
      incident,
    ]),
  )
}
