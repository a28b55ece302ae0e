import postgres from 'postgres'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'undici'
import { startCluster, whyNoCluster, type Cluster } from '../../fixtures/hub/cluster.ts'
import { hubProcess, tokenFor, type HubProcess } from '../../fixtures/hub/hub.ts'
import { eventKey } from '../../packages/hub/src/contract/event-id.ts'
import { kilobyteEvents } from './events.ts'
import { median, timed } from './row.ts'

export const CONNECTIONS = 4
const BATCH = 500

export interface BenchEvent {
  readonly id: string
  readonly text: string
}

export interface HubBench {
  readonly cluster: Cluster
  readonly database: string
  readonly token: string
  readonly hubs: readonly HubProcess[]
}

/** A real server and hubs of a row's own; a row without PostgreSQL is not a number. */
export async function withHubs(
  count: number,
  body: (bench: HubBench) => Promise<number>,
): Promise<number> {
  const missing = whyNoCluster()
  if (missing !== undefined) {
    process.stderr.write(`${missing}\n`)
    return Number.NaN
  }
  await using cluster = await startCluster(true)
  const database = await cluster.createDatabase()
  const token = await tokenFor(database, 'bench', { rate: 1_000_000 })
  const hubs: HubProcess[] = []
  try {
    for (let index = 0; index < count; index += 1) hubs.push(await hubProcess(database))
    return await body({ cluster, database, token, hubs })
  } finally {
    await Promise.all(hubs.map((hub) => hub.end('SIGTERM')))
  }
}

export function benchEvents(count: number): BenchEvent[] {
  return kilobyteEvents(count).map((event) => ({ id: event.event_id, text: JSON.stringify(event) }))
}

function batchesOf(events: readonly BenchEvent[], size = BATCH): BenchEvent[][] {
  const batches: BenchEvent[][] = []
  for (let at = 0; at < events.length; at += size) batches.push(events.slice(at, at + size))
  return batches
}

/** Sends the events in batches of 500 on four connections, spread over the hubs; in milliseconds. */
export async function deliver(
  { hubs, token }: Pick<HubBench, 'hubs' | 'token'>,
  events: readonly BenchEvent[],
  status = 'success',
): Promise<number> {
  const bodies = batchesOf(events).map((batch) =>
    Buffer.from(`{"events":[${batch.map(({ text }) => text).join(',')}]}`),
  )
  const agents = hubs.map(() => new Agent({ connections: CONNECTIONS }))
  const worker = async (number: number): Promise<void> => {
    for (let body = bodies.shift(); body !== undefined; body = bodies.shift()) {
      const at = number % hubs.length
      const reply = await request(`${hubs[at]?.url ?? ''}/api/v1/events/batch/`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
        dispatcher: agents[at]!,
      })
      const text = await reply.body.text()
      if (text.split(`"status":"${status}"`).length < 2)
        throw new Error(`unexpected answer: ${text.slice(0, 200)}`)
    }
  }
  const ms = await timed(() =>
    Promise.all(Array.from({ length: CONNECTIONS }, (_, number) => worker(number))),
  )
  await Promise.all(agents.map((agent) => agent.close()))
  return ms
}

/** What a hub stores, from Node without a hub: no HTTP, no token, no validation; the same tables. */
const RAW = `
  WITH incoming AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[]) AS t(key, digest, body, idx)
  ), new AS (
    INSERT INTO hub.event_key (tenant_id, event_id, digest, generation, tx, idx, stored_at)
    SELECT 999, key, decode(digest, 'hex'), 1, pg_current_xact_id(), idx, now() FROM incoming
    ON CONFLICT DO NOTHING RETURNING event_id, tx, idx
  )
  INSERT INTO hub.event (tenant_id, generation, tx, idx, received_at, event_id, event_type,
    project_uuid, size_bytes, body)
  SELECT 999, 1, n.tx, n.idx, now(), n.event_id, 'WPCreated',
    '5f0c8a52-0d7e-4b38-9c4a-6b2f1e9d7a10', octet_length(i.body), i.body
  FROM new n JOIN incoming i USING (idx)`

/** The raw baseline on four connections; in milliseconds. */
export async function rawInsert(
  database: string,
  events: readonly BenchEvent[],
  size = BATCH,
): Promise<number> {
  const sql = postgres(database, { max: CONNECTIONS, onnotice: () => undefined })
  const batches = batchesOf(events, size)
  await Promise.all(Array.from({ length: CONNECTIONS }, () => sql`SELECT 1`))
  const worker = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      const digests = batch.map(({ text }) => createHash('sha256').update(text).digest('hex'))
      await sql.unsafe(
        RAW,
        [
          batch.map(({ id }) => eventKey(id) ?? ''),
          digests,
          batch.map(({ text }) => text),
          batch.map((_, index) => index),
        ],
        { prepare: true },
      )
    }
  }
  const ms = await timed(() => Promise.all(Array.from({ length: CONNECTIONS }, worker)))
  await sql.end()
  return ms
}

/** The median over alternating rounds of baseline time / our time, each a time for one event. */
export async function alternating(
  rounds: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<number> {
  const ratios: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const oursFirst = round % 2 === 0
    const first = await (oursFirst ? ours() : theirs())
    const second = await (oursFirst ? theirs() : ours())
    ratios.push(oursFirst ? second / first : first / second)
  }
  return median(ratios)
}

/** Delays from an answer of 200 to each of that many live readers, in milliseconds. */
export async function streamDelays(
  { hubs, token }: HubBench,
  readers: number,
  events: number,
): Promise<number[]> {
  const [hub] = hubs
  if (hub === undefined) return []
  const sentAt = new Map<string, number>()
  const delays: number[] = []
  const stop = new AbortController()
  const all = Promise.withResolvers<undefined>()
  const follow = async (): Promise<void> => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${hub.url}/api/v1/events/stream?after=end`, {
      headers,
      signal: stop.signal,
    })
    if (response.body === null) throw new Error('the stream has no body')
    void (async () => {
      let text = ''
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk
        for (const [, id] of text.matchAll(/"event_id":"([^"]+)".*\n\n/g))
          delays.push(performance.now() - (sentAt.get(id ?? '') ?? Number.NaN))
        text = text.slice(text.lastIndexOf('\n\n') + 1)
        if (delays.length >= readers * events) all.resolve(undefined)
      }
    })().catch(() => undefined)
  }
  await Promise.all(Array.from({ length: readers }, follow))
  for (const event of benchEvents(events)) {
    const sent = await deliver({ hubs, token }, [event])
    sentAt.set(event.id, performance.now())
    if (sent < 50) await once(AbortSignal.timeout(50), 'abort')
  }
  await all.promise
  stop.abort()
  return delays.toSorted((a, b) => a - b)
}
