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
      /** Parsed JSON, or the text itself where it is none. */
      readonly body: unknown
      /** How long a cache between here and there held the answer (`Age`), in seconds. */
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
    const body = parsed(await response.body.text())
    return {
      kind: 'answer',
      url,
      status: response.statusCode,
      body,
      ageSeconds: ageOf(response.headers['age']),
    }
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function ageOf(header: string | string[] | undefined): number {
  const seconds = Number(Array.isArray(header) ? header[0] : header)
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return [code, error.message].filter((part) => part !== '').join(': ')
}
