import { once } from 'node:events'
import { codeOf } from '../base/errors.ts'
import { Problem } from '../base/problem.ts'
import { eventKey } from '../contract/event-id.ts'
import { cursorFrom, cursorText, type Cursor } from '../reading/cursor.ts'
import type { LiveQuery } from '../reading/live.ts'
import { endOfEvents, readPage, type Filter, type Page, type PageFormat } from '../reading/page.ts'
import { assertStillAllowed, badQuery, callerOf, parameters, send, type Call } from './call.ts'

const MOST_EVENTS = 10_000
const USUAL_EVENTS = 500
const PAGE_BYTES = 8 * 1_048_576

/** `GET /api/v1/events`: one page as JSON, as one event a line, or the live stream. */
export async function getEvents(call: Call): Promise<void> {
  const accept = call.request.headers.accept ?? ''
  if (accept.includes('text/event-stream')) return streamEvents(call)
  const caller = await callerOf(call, 'read')
  const query = parameters(call, ['after', 'limit', 'project', 'type'])
  const format: PageFormat = accept.includes('application/x-ndjson') ? 'lines' : 'json'
  const page = await readPage(
    call.hub.database,
    {
      tenantId: caller.tenantId,
      after: await cursorOf(call, caller.tenantId, query.after),
      filter: filterOf(query),
      limit: limitOf(query.limit),
      maxBytes: PAGE_BYTES,
    },
    format,
  )
  call.noted['events'] = page.count
  call.hub.metrics.add('events_read_total', page.count)
  const next = cursorText(page.next)
  const headers = { 'x-next-cursor': next, 'x-has-more': String(page.more) }
  if (format === 'lines') {
    send(call, page.bytes, { type: 'application/x-ndjson', headers })
    return
  }
  const end = `],"next":"${next}","more":${page.more}}`
  send(call, Buffer.concat([Buffer.from('{"events":['), page.bytes, Buffer.from(end)]), { headers })
}

async function cursorOf(call: Call, tenantId: string, text = '0'): Promise<Cursor> {
  const wanted = text === 'end' ? await endOfEvents(call.hub.database, tenantId) : text
  const cursor = cursorFrom(wanted)
  if (cursor === undefined) throw badQuery('the value is not a cursor of this hub', 'after')
  return cursor
}

function filterOf({ project, type }: { project?: string; type?: string }): Filter {
  if (project !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(project))
    throw badQuery('the value must be a UUID', 'project')
  return { project, type }
}

function limitOf(text = String(USUAL_EVENTS)): number {
  const limit = Number(text)
  if (/^\d{1,6}$/.test(text) && limit >= 1) return Math.min(limit, MOST_EVENTS)
  throw badQuery(`the value must be a number from 1 to ${MOST_EVENTS}`, 'limit')
}

const HEARTBEAT_MS = 10_000
const MOST_STREAMS = 1_000

/** A reader that takes nothing for so many heartbeats is let go: it may come again with its cursor. */
const MOST_WAITED = 6

/** `GET /api/v1/events/stream`: server-sent events, each with its cursor as id. */
export async function streamEvents(call: Call): Promise<void> {
  const { hub, request } = call
  const caller = await callerOf(call, 'read')
  const query = parameters(call, ['after', 'project', 'type'])
  const resumed = request.headers['last-event-id']
  const place = typeof resumed === 'string' && resumed !== '' ? resumed : query.after
  const after = await cursorOf(call, caller.tenantId, place)
  const live = { tenantId: caller.tenantId, after, filter: filterOf(query) }
  if (hub.metrics.streams >= MOST_STREAMS) throw tooManyStreams()
  hub.metrics.streams += 1
  try {
    await follow(call, live)
  } finally {
    hub.metrics.streams -= 1
  }
}

/** @throws what happens before the first page; afterwards the stream ends, and says why where it can */
async function follow(call: Call, live: LiveQuery): Promise<void> {
  const { hub, response } = call
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, hub.stopping])
  response.once('close', () => ended.abort())
  let place = live.after
  let waited = 0
  const heartbeat = setInterval(() => {
    if (!response.headersSent) return
    waited = response.writableNeedDrain ? waited + 1 : 0
    if (waited > MOST_WAITED) return void response.destroy()
    // An id without data is not an event: it only moves the place that the consumer connects again with.
    if (waited === 0) response.write(`id: ${cursorText(place)}\n: still here\n\n`)
    void assertStillAllowed(call, 'read').catch(() => ended.abort())
  }, HEARTBEAT_MS)
  const send = async ({ bytes, next, count }: Page): Promise<void> => {
    if (!response.headersSent) begin(call)
    if (call.request.method === 'HEAD') ended.abort()
    else if (bytes.length > 0 && !response.write(bytes)) await drained(call, signal)
    place = next
    hub.metrics.add('events_read_total', count)
  }
  try {
    await hub.live.stream(live, send, signal)
    if (!response.headersSent) begin(call)
  } catch (cause) {
    if (!response.headersSent) throw cause
    // The consumer connects again with its cursor, and is told then what it has to know.
    hub.log.error('stream ended', { code: codeOf(cause) || 'unknown' })
  } finally {
    clearInterval(heartbeat)
    if (response.headersSent) response.end()
  }
}

function begin({ response }: Call): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  response.write('retry: 1000\n\n')
}

async function drained({ response }: Call, signal: AbortSignal): Promise<void> {
  await once(response, 'drain', { signal }).catch(() => undefined)
}

function tooManyStreams(): Problem {
  return new Problem('overloaded', {
    detail: `this hub has ${MOST_STREAMS} live streams`,
    next: 'connect later or to another hub',
    retryAfterSeconds: 10,
  })
}

/** `GET /api/v1/events/<id>`: the stored text of one event, byte for byte. */
export async function getEvent(call: Call): Promise<void> {
  const caller = await callerOf(call, 'read')
  parameters(call, [])
  const key = eventKey(call.params[0] ?? '')
  const rows =
    key === undefined
      ? []
      : await call.hub.database.asTenant(caller.tenantId, (session) =>
          session.query(
            `SELECT e.body FROM hub.event_key k
             JOIN hub.event e USING (tenant_id, generation, tx, idx)
             WHERE k.tenant_id = $1::text::int AND k.event_id = $2::text::uuid
               AND e.received_at = k.stored_at`,
            [caller.tenantId, key],
          ),
        )
  const [row] = rows
  if (row === undefined)
    throw new Problem('not-found', {
      detail: 'there is no such event, or its retention time is over',
      next: 'check the id',
    })
  send(call, row['body'] ?? '')
}
