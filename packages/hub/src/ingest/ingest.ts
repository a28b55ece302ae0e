import { Problem } from '../base/problem.ts'
import type { PoisonEvent, ValidEvent } from '../contract/event.ts'
import { arrayText, together, type Database, type Session } from '../database/database.ts'
import { wantsAnotherTry } from '../database/open.ts'
import { inItsGeneration } from '../schema/generation.ts'
import type { Batch } from './batch.ts'
import { AnsweredBefore, claimKey, keepAnswer, type IdempotentRequest } from './idempotency.ts'
import { enterProducer, recordSequences, rememberIncident } from './producers.ts'
import { storeEvents, type Outcome } from './store.ts'

export interface IngestAnswer {
  /** The JSON document of the answer. */
  readonly text: string
  readonly replayed: boolean
  readonly stored: number
  readonly duplicates: number
  readonly refused: number
}

const TRIES = 5

/**
 * Stores one batch in one transaction and returns the per-event results. When it returns, the
 * transaction is committed; when it throws, nothing of the batch was stored.
 * @throws {Problem} `producer-fenced`, `producer-restored`, `idempotency-key-reused`
 */
export async function ingest(
  database: Database,
  tenantId: string,
  batch: Batch,
  request?: IdempotentRequest,
): Promise<IngestAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inItsGeneration(database, () =>
        database.asTenant(tenantId, (session) => inTransaction(session, tenantId, batch, request)),
      )
    } catch (cause) {
      if (cause instanceof AnsweredBefore) return { text: cause.answer, replayed: true, ...NOTHING }
      if (wantsAnotherTry(cause) && attempt < TRIES) continue
      await keepIncident(database, tenantId, batch, cause)
      throw cause
    }
  }
}

/**
 * The statements of a batch go out in two groups; the server runs each in its order without waiting for
 * this process in between. What the first group does for a batch that was answered before, or whose
 * producer is fenced, is rolled back.
 */
async function inTransaction(
  session: Session,
  tenantId: string,
  batch: Batch,
  request: IdempotentRequest | undefined,
): Promise<IngestAnswer> {
  const { producer, events } = batch
  const valid = events.filter((event) => event.kind === 'valid')
  const [, , outcomes] = await together([
    request && claimKey(session, tenantId, request),
    producer && enterProducer(session, tenantId, producer),
    storeEvents(session, tenantId, valid, events.length - valid.length),
    recordMachines(session, tenantId, valid),
  ])
  const text = JSON.stringify({ results: events.map((event) => resultOf(event, outcomes)) })
  await together([
    recordProducer(session, tenantId, batch, outcomes),
    request && keepAnswer(session, tenantId, request, text),
  ])
  return { text, replayed: false, ...countOf(batch, outcomes) }
}

const NOTHING = { stored: 0, duplicates: 0, refused: 0 }

async function recordProducer(
  session: Session,
  tenantId: string,
  { producer, events }: Batch,
  outcomes: ReadonlyMap<number, Outcome>,
): Promise<void> {
  if (producer === undefined) return
  const { sequences = [] } = producer
  const numbers = (wanted: (outcome: Outcome | undefined) => boolean): number[] =>
    sequences.filter((_, place) => wanted(outcomes.get(events[place]?.index ?? -1)))
  await recordSequences(session, tenantId, producer, {
    fresh: numbers((outcome) => outcome === 'stored'),
    known: numbers((outcome) => outcome === 'duplicate'),
    refused: numbers((outcome) => outcome !== 'stored' && outcome !== 'duplicate'),
  })
}

type Counts = Pick<IngestAnswer, 'stored' | 'duplicates' | 'refused'>

function countOf({ events }: Batch, outcomes: ReadonlyMap<number, Outcome>): Counts {
  const all = [...outcomes.values()]
  const stored = all.filter((outcome) => outcome === 'stored').length
  const duplicates = all.filter((outcome) => outcome === 'duplicate').length
  return { stored, duplicates, refused: events.length - stored - duplicates }
}

/** A batch of one home has one node; more than this come from nobody's home. */
const MOST_NODES = 50

/** A machine that was heard within the last seconds is not touched: no batch waits for its row. */
const HEARD = `
  WITH heard AS (
    SELECT * FROM ROWS FROM (unnest($2::text::text[]), unnest($3::text::float8[])) AS t(node_id, oldest)
  ), stale AS (
    SELECT m.node_id FROM hub.machine m JOIN heard USING (node_id)
    WHERE m.tenant_id = $1::text::int AND m.last_heard_at < now() - interval '2 seconds'
    FOR UPDATE OF m SKIP LOCKED
  ), updated AS (
    UPDATE hub.machine m SET last_heard_at = now(), oldest_event_at = to_timestamp(heard.oldest)
    FROM heard JOIN stale USING (node_id)
    WHERE m.tenant_id = $1::text::int AND m.node_id = heard.node_id
  )
  INSERT INTO hub.machine (tenant_id, node_id, oldest_event_at)
  SELECT $1::text::int, node_id, to_timestamp(oldest) FROM heard
  WHERE NOT EXISTS (
    SELECT FROM hub.machine m WHERE m.tenant_id = $1::text::int AND m.node_id = heard.node_id)
  ON CONFLICT DO NOTHING`

async function recordMachines(
  session: Session,
  tenantId: string,
  events: readonly ValidEvent[],
): Promise<void> {
  const oldest = new Map<string, number>()
  for (const { nodeId, timestamp } of events) {
    const at = Date.parse(timestamp)
    if (oldest.has(nodeId) || oldest.size < MOST_NODES)
      oldest.set(nodeId, Math.min(at, oldest.get(nodeId) ?? at))
  }
  await session.query(HEARD, [
    tenantId,
    arrayText([...oldest.keys()]),
    arrayText([...oldest.values()].map((ms) => ms / 1_000)),
  ])
}

const CONFLICT = { error_category: 'conflict' } as const

function resultOf(
  event: ValidEvent | PoisonEvent,
  outcomes: ReadonlyMap<number, Outcome>,
): Readonly<Record<string, unknown>> {
  const { eventId: event_id, index } = event
  if (event.kind === 'poison')
    return {
      event_id,
      status: 'failed_permanent',
      error_category: 'schema_mismatch',
      error: event.reason,
      index,
    }
  switch (outcomes.get(index)) {
    case 'stored':
      return { event_id, status: 'success' }
    case 'duplicate':
      return { event_id, status: 'duplicate' }
    case 'conflict-decided':
      return {
        event_id,
        status: 'failed_permanent',
        ...CONFLICT,
        error: 'conflict: a person decided for the other content that is stored under this id',
      }
    case 'conflict':
    case undefined:
      return {
        event_id,
        status: 'rejected',
        ...CONFLICT,
        error:
          'conflict: other content is stored under this id; both are kept until a person decides',
      }
  }
}

/** A lost note about an incident must not hide the incident itself from the sender. */
async function keepIncident(
  database: Database,
  tenantId: string,
  { producer }: Batch,
  cause: unknown,
): Promise<void> {
  if (!(cause instanceof Problem) || producer === undefined) return
  const name = cause.problem
  if (name !== 'producer-fenced' && name !== 'producer-restored') return
  await rememberIncident(database, tenantId, producer, name).catch(() => undefined)
}
