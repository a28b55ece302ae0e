import { findingsOf, parseJson } from '@canary-gate/documents'
import { redactValue } from '@canary-gate/gate-kernel'
import type { World } from '../world/schema.ts'

/** Where the service tells its ingress limits. */
export const limitsPath = '/api/v1/sync/health/'

/** Everything of the hosted service that the gate looks at. */
export const servicePaths = ['/health/', '/health/ready/', limitsPath] as const
export type ServicePath = (typeof servicePaths)[number]

export type ServiceAnswer =
  | {
      readonly kind: 'answer'
      readonly url: string
      readonly status: number
      /** Parsed JSON, or null where it cannot be read. */
      readonly body: unknown
      /** Why the answer cannot be believed, whatever its body says; empty if it can. */
      readonly problems: readonly string[]
      /** How old the answer is, by `Age` and `Date`, in seconds. */
      readonly ageSeconds: number
    }
  | {
      readonly kind: 'no-answer'
      readonly url: string
      readonly reason: string
      readonly timedOut: boolean
    }

/**
 * The only client that the gate has for the hosted service. It can GET a closed list of paths and
 * nothing else: there is no parameter for a method, a body, a header or another host, so C-002,
 * C-004 and FR-009 hold by construction on the gate's side. The token of a reader, where the world
 * names one, goes with {@link limitsPath} alone.
 */
export interface ServiceReader {
  readonly get: (path: ServicePath) => Promise<ServiceAnswer>
}

export function openService(
  service: Pick<World['service'], 'url' | 'timeoutMs' | 'tokenEnv'>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ServiceReader {
  const token = service.tokenEnv === undefined ? '' : (env[service.tokenEnv]?.trim() ?? '')
  const origin = service.url.replace(/\/+$/, '')
  return Object.freeze({
    async get(path: ServicePath): Promise<ServiceAnswer> {
      if (!servicePaths.includes(path)) {
        throw new TypeError(`the gate does not read ${JSON.stringify(path)} of the hosted service`)
      }
      const signedIn = path === limitsPath && token !== ''
      return get(
        `${origin}${path}`,
        service.timeoutMs,
        signedIn ? { authorization: `Bearer ${token}` } : {},
      )
    },
  })
}

async function get(
  url: string,
  timeoutMs: number,
  headers: Readonly<Record<string, string>>,
): Promise<ServiceAnswer> {
  // Loaded here: most requirements ask no service, and each is a process of its own.
  const { Agent, request } = await import('undici')
  // A connection of its own per look: a kept-alive one may lead to an instance that was replaced.
  const dispatcher = new Agent({ pipelining: 0, connect: { timeout: timeoutMs } })
  try {
    const response = await request(url, {
      method: 'GET',
      headers: { accept: 'application/json', ...headers },
      dispatcher,
      signal: AbortSignal.timeout(timeoutMs),
    })
    const bytes = await bounded(response.body)
    return understand(url, response.statusCode, response.headers, bytes, new Date())
  } catch (error) {
    const timedOut = error instanceof Error && `${error.name} ${error.message}`.includes('Timeout')
    return {
      kind: 'no-answer',
      url,
      timedOut,
      reason: timedOut ? `no answer within ${timeoutMs} ms` : reasonOf(error),
    }
  } finally {
    await dispatcher.destroy()
  }
}

/** Health documents have a few hundred bytes, and both are shown in a comment of 65,536 characters. */
const maximumBytes = 16 * 1024

/** Up to one byte more than is read: that it was too much is then seen by the parser. */
async function bounded(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    sizeBytes += chunk.byteLength
    if (sizeBytes > maximumBytes) break
  }
  return Buffer.concat(chunks).subarray(0, maximumBytes + 1)
}

/** What an answer says, read strictly. Pure. */
export function understand(
  url: string,
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  bytes: Uint8Array,
  now: Date,
): Extract<ServiceAnswer, { kind: 'answer' }> {
  const problems = headerProblems(headers, now)
  let body: unknown = null
  try {
    const parsed = parseJson(bytes, { maximumBytes, fractions: fractionalKeys })
    body = redactValue(parsed)
  } catch (error) {
    problems.push(...findingsOf(error))
  }
  return { kind: 'answer', url, status, body, problems, ageSeconds: ageOf(headers, now) }
}

/** Keys of the service's documents whose number may have a fraction. */
export const fractionalKeys = [
  'oldest_pending_age_seconds',
  'latency_ms',
  'latency_seconds',
  'uptime',
]

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Headers that change what the body means are only those that are expected. */
function headerProblems(headers: Headers, now: Date): string[] {
  const { age, date } = headers
  const type = headers['content-type']
  const encoding = headers['content-encoding'] ?? 'identity'
  const isJson = /^application\/(?:[\w.-]+\+)?json\s*(?:;\s*charset="?utf-8"?\s*)?$/i
  return [
    ...(type === undefined || (typeof type === 'string' && isJson.test(type))
      ? []
      : [`its content type is ${String(type)}, not JSON in UTF-8`]),
    // A cache that has no newer answer, or could not ask for one, says so (RFC 7234, 5.5).
    ...(/(?:^|,)\s*11[0-3]\b/.test(String(headers['warning'] ?? ''))
      ? [`a cache says that it is stale: ${String(headers['warning'])}`]
      : []),
    ...(encoding === 'identity' ? [] : [`its content encoding is ${String(encoding)}`]),
    ...(age === undefined || (typeof age === 'string' && /^\d{1,9}$/.test(age))
      ? []
      : [`its age is ${String(age)}, which is not a number of seconds`]),
    ...(date === undefined || secondsSince(date, now) > -3600
      ? []
      : [`its date is ${String(date)}, which is not in the past`]),
  ]
}

function secondsSince(date: string | string[], now: Date): number {
  const sentMs = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Number.isNaN(sentMs) ? Number.NEGATIVE_INFINITY : (now.getTime() - sentMs) / 1000
}

/** The longer of what a cache admits (`Age`) and what the date of the answer shows. */
function ageOf({ age, date }: Headers, now: Date): number {
  const held = Number(age ?? 0)
  const sent = date === undefined ? 0 : Math.floor(secondsSince(date, now))
  return Math.max(Number.isFinite(held) ? held : 0, sent, 0)
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return [code, error.message].filter((part) => part !== '').join(': ')
}
