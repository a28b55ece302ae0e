import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import {
  type HostedService,
  type HostedServiceOptions,
  startHostedService,
} from '../../fixtures/service/index.ts'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

/** A service and a client that speaks to it as the command-line tool does. */
export interface Line extends AsyncDisposable {
  readonly service: HostedService
  get(path: string, token?: string): Promise<Reply>
  form(path: string, fields: Readonly<Record<string, string>>): Promise<Reply>
  json(path: string, body: unknown, token?: string): Promise<Reply>
  /** Posts a batch, packed with gzip. */
  batch(events: readonly unknown[], headers?: Readonly<Record<string, string>>): Promise<Reply>
  /** Logs in by the device flow and keeps the token for `batch`. */
  login(): Promise<string>
}

export async function openLine(options: HostedServiceOptions = {}): Promise<Line> {
  const service = await startHostedService({ drainDelayMs: 0, ...options })
  let access = ''
  const call = async (path: string, init: RequestInit): Promise<Reply> => {
    const answer = await fetch(`${service.url}${path}`, init)
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      body: JSON.parse(text || '{}') as Reply['body'],
    }
  }
  const line: Omit<Line, 'login'> = {
    service,
    get: async (path, token = access) => await call(path, { headers: bearer(token) }),
    form: async (path, fields) =>
      await call(path, { method: 'POST', body: new URLSearchParams(fields) }),
    json: async (path, body, token = access) =>
      await call(path, { method: 'POST', headers: bearer(token), body: JSON.stringify(body) }),
    batch: async (events, headers = {}) =>
      await call('/api/v1/events/batch/', {
        method: 'POST',
        headers: { ...bearer(access), 'content-encoding': 'gzip', ...headers },
        body: gzipSync(JSON.stringify({ events })),
      }),
    [Symbol.asyncDispose]: async () => await service.close(),
  }
  return {
    ...line,
    async login() {
      const { body: device } = await line.form('/oauth/device', {
        client_id: 'cli_native',
        scope: 'offline_access',
      })
      const { body } = await line.form('/oauth/token', deviceGrant(String(device['device_code'])))
      access = String(body['access_token'])
      return access
    },
  }
}

export function deviceGrant(code: string): Record<string, string> {
  return {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: code,
    client_id: 'cli_native',
  }
}

function bearer(token: string): Record<string, string> {
  return token === '' ? {} : { authorization: `Bearer ${token}` }
}

/** The payload of a new mission, with every field that the contract asks for. */
export function missionCreated(
  over: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    mission_slug: 'demo',
    mission_number: null,
    mission_type: 'software-dev',
    target_branch: 'main',
    wp_count: 1,
    friendly_name: 'Demo',
    purpose_tldr: 'Demo',
    purpose_context: 'Shows what a mission is.',
    ...over,
  }
}

/** A well-formed event. */
export function event(over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const event_id = randomUUID()
  return {
    event_id,
    event_type: 'MissionCreated',
    aggregate_id: 'demo',
    aggregate_type: 'Mission',
    timestamp: '2026-05-20T12:00:00Z',
    build_id: 'build-1',
    node_id: '0123456789ab',
    lamport_clock: 1,
    causation_id: null,
    correlation_id: event_id,
    project_uuid: '0190a8f0-0000-7000-8000-000000000001',
    payload: missionCreated(),
    ...over,
  }
}

/** A lane change of WP01. */
export function moved(
  from: string,
  to: string,
  over: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const payload = {
    mission_slug: 'demo',
    wp_id: 'WP01',
    from_lane: from,
    to_lane: to,
    actor: 'robin',
    execution_mode: 'direct_repo',
    ...over,
  }
  return event({
    event_type: 'WPStatusChanged',
    aggregate_id: 'WP01',
    aggregate_type: 'WorkPackage',
    payload,
  })
}

/** Statuses of a batch's answer, in order. */
export function statuses(reply: Reply): unknown[] {
  return (reply.body['results'] as { status: unknown }[]).map(({ status }) => status)
}
