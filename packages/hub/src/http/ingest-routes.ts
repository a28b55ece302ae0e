import { createHash } from 'node:crypto'
import { Problem } from '../base/problem.ts'
import { limitsDocument, readBatch } from '../ingest/batch.ts'
import type { IdempotentRequest } from '../ingest/idempotency.ts'
import { ingest } from '../ingest/ingest.ts'
import type { ProducerHeaders } from '../ingest/producer-claim.ts'
import { readBody } from './body.ts'
import { callerOf, send, sendJson, type Call } from './call.ts'

/** `POST /api/v1/events/batch/`: answered when the batch is committed, never before. */
export async function postBatch(call: Call): Promise<void> {
  const { hub, noted } = call
  const caller = await callerOf(call, 'ingest')
  const [answer, seconds] = await hub.budget.holding(async (take) => {
    const body = await readBody(call, hub.limits, { budget: hub.budget, take })
    const began = performance.now()
    const ingested = await hub.budget.storing.run(async () => {
      const batch = await readBatch(body, hub.limits, producerHeaders(call))
      noted['events'] = batch.events.length
      return ingest(hub.database, caller.tenantId, batch, idempotent(call, body))
    })
    return [ingested, (performance.now() - began) / 1_000] as const
  })
  const { stored, duplicates, refused, replayed } = answer
  Object.assign(noted, { stored, duplicates, refused, replayed })
  hub.metrics.observeIngest(seconds)
  if (!replayed) hub.metrics.add('batches_total')
  hub.metrics.add('events_stored_total', stored)
  hub.metrics.add('events_duplicate_total', duplicates)
  hub.metrics.add('events_refused_total', refused)
  send(call, answer.text, replayed ? { headers: { 'idempotency-replayed': 'true' } } : {})
}

function producerHeaders({ request: { headers } }: Call): ProducerHeaders {
  const one = (name: string): string | undefined => {
    const value = headers[name]
    return Array.isArray(value) ? value[0] : value
  }
  return {
    id: one('x-producer-id'),
    epoch: one('x-producer-epoch'),
    instance: one('x-producer-instance'),
  }
}

function idempotent({ request }: Call, body: Buffer): IdempotentRequest | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key))
    throw new Problem('bad-request', {
      detail: 'the Idempotency-Key must be 1 to 255 visible ASCII characters',
      next: 'use a UUID or a digest of the batch',
    })
  return { key, digest: createHash('sha256').update(body).digest('hex') }
}

/** `GET /api/v1/sync/health/`: limits and identity, without a token. */
export function getSyncHealth(call: Call): void {
  const { hub } = call
  sendJson(call, {
    status: 'ok',
    service: 'spec-kitty-hub',
    version: hub.version,
    server_instance_id: hub.instanceId,
    environment_name: hub.database.kind,
    ...limitsDocument(hub.limits),
  })
}
