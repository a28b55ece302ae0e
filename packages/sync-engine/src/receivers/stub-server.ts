import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { asObject, asString, parseObject, type JsonObject } from '../base/json.ts'
import { SyncError } from '../base/errors.ts'

export interface StubServerOptions {
  /** 0 lets the system choose. */
  readonly port?: number
  /** Bodies above this are answered with 413. */
  readonly maxBytes?: number
  /** Called with every event that is stored for the first time. */
  readonly onStored?: (event: JsonObject) => void
}

export interface StubServer extends AsyncDisposable {
  /** The address that batches are posted to. */
  readonly endpoint: string
  readonly port: number
  /** What arrived, by event id, in order of arrival. */
  readonly events: ReadonlyMap<string, JsonObject>
  close(): Promise<void>
}

/**
 * A receiver that anybody can run: loopback only, no credentials, the batch API's answers, everything
 * kept in memory. Fork CI and first steps need no Teamspace key (SYNC/FR-008, SYNC/T036).
 * @throws {SyncError} `port-taken`
 */
export async function startStubServer(options: StubServerOptions = {}): Promise<StubServer> {
  const events = new Map<string, JsonObject>()
  // Loaded here and not above: every command that serves nothing starts a third faster.
  const { createServer } = process.getBuiltinModule('node:http')
  const server = createServer((request, response) => {
    void answer(request, options, events).then(
      (reply) => send(response, reply),
      () => send(response, { status: 400, body: { error: 'the body is not readable' } }),
    )
  })
  const port = await listen(server, options.port ?? 0)
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  const endpoint = `http://127.0.0.1:${port}/api/v1/events/batch/`
  return { endpoint, port, events, close, [Symbol.asyncDispose]: close }
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new SyncError(
      {
        code: 'port-taken',
        what: `the stub receiver cannot listen: ${cause instanceof Error ? cause.message : 'unknown'}`,
        where: `127.0.0.1:${port}`,
      },
      { cause },
    )
  }
  return (server.address() as AddressInfo).port
}

interface Reply {
  readonly status: number
  readonly body: JsonObject
}

const MAX_BYTES = 524_288

async function answer(
  request: IncomingMessage,
  { maxBytes = MAX_BYTES, onStored }: StubServerOptions,
  events: Map<string, JsonObject>,
): Promise<Reply> {
  const text = await bodyOf(request)
  if (request.method !== 'POST') return { status: 200, body: { status: 'ok', stored: events.size } }
  const limits = { max_decompressed_bytes_per_batch: maxBytes }
  if (Buffer.byteLength(text) > maxBytes)
    return { status: 413, body: { error: 'too large', limits } }
  const batch = parseObject(text)?.['events']
  if (!Array.isArray(batch)) return { status: 400, body: { error: 'events must be a list' } }
  const results = batch.map((event) => store(asObject(event) ?? {}, events, onStored))
  return { status: 200, body: { results } }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const isZipped = request.headers['content-encoding'] === 'gzip'
  return (isZipped ? await promisify(gunzip)(body) : body).toString('utf8')
}

function store(
  event: JsonObject,
  events: Map<string, JsonObject>,
  onStored: StubServerOptions['onStored'],
): JsonObject {
  const eventId = asString(event['event_id'])
  if (eventId === undefined)
    return { event_id: null, status: 'rejected', error: 'event_id is missing' }
  if (events.has(eventId)) return { event_id: eventId, status: 'duplicate' }
  events.set(eventId, event)
  onStored?.(event)
  return { event_id: eventId, status: 'success' }
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
