import type { Database } from '../database/database.ts'
import { listProducers } from './producers.ts'
import type { Tenant } from '../tenants/tenants.ts'

export interface TenantVerification {
  readonly tenant: string
  /** Ids that are known for ever. */
  readonly ids: number
  /** Events whose text is stored. */
  readonly events: number
  /** Ids without a text that retention has not removed, and events that were counted and have no id any more. */
  readonly lost: number
  /** Events without an id: they could be stored twice. */
  readonly unknown: number
  /**
   * Events, and other contents of known ids, whose text does not have the digest that was noted when they
   * arrived; events whose type, project or size, by which they are found, are not those of their text.
   */
  readonly damaged: number
  readonly open_conflicts: number
  /** Missing numbers of all producers; they wait on the producers' side, nothing was lost here. */
  readonly gaps: number
  readonly incidents: number
  readonly ok: boolean
}

const COMPARE = `
       SELECT count(k.event_id)::text AS ids, count(e.event_id)::text AS events,
         count(*) FILTER (WHERE e.event_id IS NULL
           AND k.stored_at >= coalesce(t.dropped_before, '-infinity'))::text AS lost,
         count(*) FILTER (WHERE k.event_id IS NULL)::text AS unknown,
         count(*) FILTER (WHERE k.event_id IS NOT NULL AND CASE
           WHEN e.event_id IS NULL THEN false
           WHEN sha256(convert_to(e.body, 'UTF8')) IS DISTINCT FROM k.digest THEN true
           ELSE (e.event_type, e.project_uuid::text, e.size_bytes) IS DISTINCT FROM (
             left(e.body::json ->> 'event_type', 200), lower(e.body::json ->> 'project_uuid'),
             octet_length(e.body)) END)::text AS damaged,
         (SELECT count(*) FROM hub.conflict c WHERE c.tenant_id = $1::text::int
            AND sha256(convert_to(c.body, 'UTF8')) IS DISTINCT FROM c.digest)::text AS altered,
         (SELECT coalesce(sum(stored), 0) FROM hub.arrival a
          WHERE a.tenant_id = $1::text::int)::text AS counted,
         (SELECT count(*) FROM hub.conflict c
          WHERE c.tenant_id = $1::text::int AND c.decision IS NULL)::text AS conflicts
       FROM (SELECT * FROM hub.event_key WHERE tenant_id = $1::text::int) k
       FULL JOIN (SELECT * FROM hub.event WHERE tenant_id = $1::text::int) e
         ON e.event_id = k.event_id AND e.generation = k.generation AND e.tx = k.tx AND e.idx = k.idx
       CROSS JOIN (SELECT dropped_before FROM hub.tenant WHERE id = $1::text::int) t`

/** Reads everything that is stored for a tenant and compares it with what was noted. */
export async function verifyTenant(
  database: Database,
  { id, name }: Pick<Tenant, 'id' | 'name'>,
): Promise<TenantVerification> {
  const [row] = await database.asOperator((session) => session.query(COMPARE, [id]))
  const producers = await listProducers(database, id)
  const at = (column: string): number => Number(row?.[column] ?? 0)
  const unknown = at('unknown')
  const lost = at('lost') + Math.max(0, at('counted') - at('ids') - unknown)
  const damaged = at('damaged') + at('altered')
  return {
    tenant: name,
    ids: at('ids'),
    events: at('events'),
    lost,
    unknown,
    damaged,
    open_conflicts: at('conflicts'),
    gaps: producers.reduce((sum, { missing }) => sum + missing, 0),
    incidents: producers.filter(({ incident }) => incident !== null).length,
    ok: lost + unknown + damaged === 0,
  }
}
