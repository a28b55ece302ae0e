import { Problem } from '../base/problem.ts'
import { listConflicts, resolveConflict, showConflict, type Decision } from '../ingest/conflicts.ts'
import { overview } from '../operating/overview.ts'
import { listProducers } from '../operating/producers.ts'
import { asObject } from '@canary-gate/batch-contract'
import { readBody } from './body.ts'
import { badQuery, callerOf, parameters, sendJson, type Call } from './call.ts'

/** `GET /api/v1/overview`: what the page shows. */
export async function getOverview(call: Call): Promise<void> {
  const caller = await callerOf(call, 'read')
  parameters(call, [])
  sendJson(call, await overview(call.hub.database, caller))
}

/** `GET /api/v1/producers[/<id>]`: watermark and gaps of each journal and epoch. */
export async function getProducers(call: Call): Promise<void> {
  const caller = await callerOf(call, 'read')
  parameters(call, [])
  const [id] = call.params
  if (id?.includes('\0') === true) throw unknownProducer()
  const producers = await listProducers(call.hub.database, caller.tenantId, id)
  if (id !== undefined && producers.length === 0) throw unknownProducer()
  sendJson(call, { producers })
}

function unknownProducer(): Problem {
  return new Problem('not-found', { detail: 'there is no such producer', next: 'check its id' })
}

/** `GET /api/v1/conflicts[/<event id>]` */
export async function getConflicts(call: Call): Promise<void> {
  const caller = await callerOf(call, 'read')
  const [eventId] = call.params
  const { database } = call.hub
  const { all = 'false' } = parameters(call, eventId === undefined ? ['all'] : [])
  if (all !== 'true' && all !== 'false') throw badQuery('the value must be true or false', 'all')
  const document =
    eventId === undefined
      ? { conflicts: await listConflicts(database, caller.tenantId, all === 'true') }
      : await showConflict(database, caller.tenantId, eventId)
  sendJson(call, document)
}

/** `POST /api/v1/conflicts/<event id>/resolve` with `{"keep": "stored" | "incoming", "digest"?}`. */
export async function postResolve(call: Call): Promise<void> {
  const caller = await callerOf(call, 'admin')
  const { hub, params } = call
  const limits = { ...hub.limits, maxBytes: 10_000 }
  const { budget } = hub
  const body = await budget.holding((take) => readBody(call, limits, { budget, take }))
  const { keep, digest } = decisionIn(body)
  sendJson(
    call,
    await resolveConflict(hub.database, caller.tenantId, params[0] ?? '', keep, digest),
  )
}

function decisionIn(body: Buffer): { keep: Decision; digest: string } {
  const document = parsed(body)
  const keep = document?.['keep']
  const digest = document?.['digest'] ?? ''
  const isDigest = typeof digest === 'string' && /^[0-9a-f]{0,64}$/.test(digest)
  if ((keep === 'stored' || keep === 'incoming') && isDigest) return { keep, digest }
  throw new Problem('bad-request', {
    detail: 'the body must be {"keep": "stored"} or {"keep": "incoming", "digest": "…"}',
    next: 'choose which content is kept',
  })
}

function parsed(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(body.toString('utf8')))
  } catch {
    return undefined
  }
}
