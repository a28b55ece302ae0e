import { codeOf } from '../base/errors.ts'
import type { Database, Row, Session } from '../database/database.ts'
import { listProducers } from './producers.ts'
import { DATA_EXCEPTION, toldPlainly } from './told.ts'
import type { Tenant } from '../tenants/tenants.ts'

export interface TenantVerification {
  readonly tenant: string
  /** Ids that are known for ever. */
  readonly ids: number
  /** Events whose text is stored. */
  readonly events: number
  /**
   * Ids without a text that retention has not removed, events that were counted and have no id any more, and
   * those that an answer called stored and that have none.
   */
  readonly lost: number
  /** Events without an id, which could be stored twice, and ids that no arrival has counted. */
  readonly unknown: number
  /**
   * Events, and other contents of known ids, whose text does not have the digest that was noted when they
   * arrived, or says another id, type or project than the columns by which it is found; and answers that
   * cannot be read.
   */
  readonly damaged: number
  readonly open_conflicts: number
  /** Missing numbers of all producers; they wait on the producers' side, nothing was lost here. */
  readonly gaps: number
  readonly incidents: number
  readonly ok: boolean
}

const TENANT = 'tenant_id = $1::text::int'

/** A body that is not there was removed by retention only if both of its notes say so. */
const IS_LOST = `e.event_id IS NULL AND (k.stored_at >= coalesce(t.dropped_before, '-infinity')
  OR d.tenant_id IS NULL OR (k.generation, k.tx, k.idx) > (d.generation, d.tx, d.idx))`

/** Whatever is kept of a text in columns of their own is computed again from the text. */
const IS_DAMAGED = `k.generation > s.generation OR (e.event_id IS NOT NULL AND (
  sha256(convert_to(e.body, 'UTF8')) IS DISTINCT FROM k.digest
  OR (e.event_id, e.event_type, e.project_uuid, e.size_bytes, e.revision) IS DISTINCT FROM
    (told.key, told.event_type, told.project_uuid, octet_length(e.body), 1 + coalesce(c.taken, 0))))`

/** How a text is read: what it says of itself, as something to join. */
type Telling = (body: string) => string

const carefully: Telling = (body) => `hub.told_by(${body})`

const events = (told: Telling): string => `
  SELECT count(k.event_id) AS ids, count(e.event_id) AS events,
    count(*) FILTER (WHERE ${IS_LOST}) AS lost,
    count(*) FILTER (WHERE k.event_id IS NULL) AS unknown,
    count(*) FILTER (WHERE k.event_id IS NOT NULL AND (${IS_DAMAGED})) AS damaged
  FROM (SELECT * FROM hub.event_key WHERE ${TENANT}) k
  FULL JOIN (SELECT * FROM hub.event WHERE ${TENANT}) e
    ON e.event_id = k.event_id AND e.generation = k.generation AND e.tx = k.tx AND e.idx = k.idx
      AND e.received_at = k.stored_at
  CROSS JOIN LATERAL ${told('e.body')} AS told
  LEFT JOIN (SELECT event_id, count(*) AS taken FROM hub.conflict
    WHERE ${TENANT} AND decision = 'take-incoming' GROUP BY event_id) c ON c.event_id = k.event_id
  CROSS JOIN (SELECT dropped_before FROM hub.tenant WHERE id = $1::text::int) t
  CROSS JOIN hub.state s
  LEFT JOIN hub.dropped d ON d.${TENANT}`

const conflicts = (told: Telling): string => `
  SELECT count(*) FILTER (WHERE decision IS NULL) AS conflicts, count(*) FILTER (WHERE
    sha256(convert_to(c.body, 'UTF8')) IS DISTINCT FROM c.digest
    OR (c.event_id, c.id_as_sent) IS DISTINCT FROM (told.key, told.event_id)
    OR NOT EXISTS (SELECT FROM hub.event_key k WHERE k.${TENANT} AND k.event_id = c.event_id)
  ) AS altered
  FROM hub.conflict c CROSS JOIN LATERAL ${told('c.body')} AS told WHERE ${TENANT}`

/** Events that an answer called stored, which their sender therefore never sends again. */
const PROMISES = `
  SELECT count(promised.key) AS broken, count(*) - count(promised.key) AS unreadable
  FROM hub.idempotency i, LATERAL hub.promised_by(coalesce(i.answer, '')) AS promised(key)
  WHERE ${TENANT} AND NOT EXISTS (
    SELECT FROM hub.event_key k WHERE k.${TENANT} AND k.event_id = promised.key)`

const compare = (told: Telling): string => `
  SELECT e.ids::text, e.events::text, e.lost::text, e.unknown::text, e.damaged::text,
    c.conflicts::text, c.altered::text, p.broken::text, p.unreadable::text,
    (SELECT coalesce(sum(stored), 0) FROM hub.arrival WHERE ${TENANT})::text AS counted
  FROM (${events(told)}) e, (${conflicts(told)}) c, (${PROMISES}) p`

/** Reads everything that is stored for a tenant and compares it with what was noted. */
export async function verifyTenant(
  database: Database,
  { id, name }: Pick<Tenant, 'id' | 'name'>,
): Promise<TenantVerification> {
  const row = await database.asOperator((session) => compared(session, id))
  const producers = await listProducers(database, id)
  const at = (column: string): number => Number(row?.[column] ?? 0)
  const uncounted = at('ids') - at('counted')
  const unknown = at('unknown') + Math.max(0, uncounted)
  const lost = at('lost') + at('broken') + Math.max(0, -uncounted - at('unknown'))
  const damaged = at('damaged') + at('altered') + at('unreadable')
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

/** Only where a text cannot be read at all, each is read in a way that goes on behind it. */
async function compared(session: Session, id: string): Promise<Row | undefined> {
  const rows = async (told: Telling, part: Session): Promise<Row[]> =>
    part.query(compare(told), [id])
  try {
    return (await session.part((part) => rows(toldPlainly, part)))[0]
  } catch (cause) {
    if (!DATA_EXCEPTION.test(codeOf(cause))) throw cause
    return (await rows(carefully, session))[0]
  }
}
