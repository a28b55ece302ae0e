import { nullableIn, numberIn, textIn, type Database, type Row } from '../database/database.ts'

export interface ProducerView {
  readonly id: string
  readonly epoch: number
  readonly first_seen_at: string
  readonly last_seen_at: string
  /** Everything up to this number has arrived or was announced as skipped; null if none is counted. */
  readonly watermark: number | null
  readonly highest: number | null
  /** Missing numbers below the highest, as [first, last]; at most 100 of them. */
  readonly gaps: readonly (readonly [number, number])[]
  readonly missing: number
  readonly incident: string | null
  readonly incident_at: string | null
}

/**
 * The producers of a tenant with their gaps. Numbers begin at 1, or at 0 for one that counts from 0.
 * @param id only this one
 */
export async function listProducers(
  database: Database,
  tenantId: string,
  id?: string,
): Promise<ProducerView[]> {
  const rows = await database.asTenant(tenantId, (session) =>
    session.query(
      `SELECT producer_id, epoch::text, first_seen_at::text, last_seen_at::text, incident,
         incident_at::text, (upper(seen) - 1)::text AS highest,
         (SELECT (upper(r) - 1)::text FROM unnest(seen) r WHERE lower(r) <= 1 ORDER BY lower(r) LIMIT 1) AS watermark,
         (SELECT coalesce(sum(upper(r) - lower(r)), 0)::text FROM unnest(gaps) r) AS missing,
         (SELECT coalesce(json_agg(json_build_array(lower(r), upper(r) - 1)), '[]')::text
          FROM (SELECT r FROM unnest(gaps) r LIMIT 100) AS few) AS gaps
       FROM (
         SELECT *, CASE WHEN isempty(seen) THEN '{}'::int8multirange
           ELSE int8multirange(int8range(least(1, lower(seen)), upper(seen))) - seen END AS gaps
         FROM (SELECT p.*, coalesce(s.seen, '{}'::int8multirange) AS seen FROM hub.producer p
               LEFT JOIN (SELECT producer_id, epoch, range_agg(int8range(first, last, '[]')) AS seen
                 FROM hub.sequence WHERE tenant_id = $1::text::int
                   AND ($2::text IS NULL OR producer_id = $2::text) GROUP BY producer_id, epoch) AS s
                 USING (producer_id, epoch)
               WHERE tenant_id = $1::text::int AND ($2::text IS NULL OR producer_id = $2::text)) AS one
       ) AS two ORDER BY producer_id, epoch LIMIT 10000`,
      [tenantId, id ?? null],
    ),
  )
  return rows.map(producerOf)
}

function producerOf(row: Row): ProducerView {
  const highest = numberIn(row, 'highest')
  return {
    id: textIn(row, 'producer_id'),
    epoch: Number(textIn(row, 'epoch')),
    first_seen_at: textIn(row, 'first_seen_at'),
    last_seen_at: textIn(row, 'last_seen_at'),
    watermark: highest === null ? null : (numberIn(row, 'watermark') ?? 0),
    highest,
    gaps: JSON.parse(textIn(row, 'gaps')) as [number, number][],
    missing: Number(textIn(row, 'missing')),
    incident: nullableIn(row, 'incident'),
    incident_at: nullableIn(row, 'incident_at'),
  }
}
