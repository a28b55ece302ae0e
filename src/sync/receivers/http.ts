import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Agent } from 'undici'
import { asObject, asString, parseObject, type JsonObject } from '../boundary/json.ts'
import type { DeploymentMetadata, TargetIdentity } from '../delivery/targets.ts'
import { exchange, type Message } from './exchange.ts'
import { DEFAULT_LIMITS, type Batch, type Limits, type PostAnswer } from './contract.ts'
import { interpretReply, limitsFrom, type HttpReply } from './interpret.ts'

const POST_TIMEOUT_MS = 60_000
const DESCRIBE_TIMEOUT_MS = 10_000

export interface HttpEndpoint {
  readonly identity: TargetIdentity
  readonly batchUrl: string
  readonly healthUrl?: string | undefined
  /** Read anew for every request: a token may have been renewed. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>
  /** Bodies are compressed for remote targets; on this machine it costs more than it saves. */
  readonly compress?: boolean | undefined
  readonly now?: (() => number) | undefined
}

/** The HTTP part that every receiver shares: one keep-alive connection, any failure an answer. */
export class HttpClient {
  readonly #endpoint: HttpEndpoint
  readonly #compress: boolean
  #agent: Agent | undefined

  constructor(endpoint: HttpEndpoint) {
    this.#endpoint = endpoint
    this.#compress = endpoint.compress ?? !isLoopback(endpoint.batchUrl)
  }

  async post(batch: Batch): Promise<PostAnswer> {
    try {
      const body = this.#compress ? await compressed(batch.body) : batch.body
      const encoding = this.#compress ? { 'content-encoding': 'gzip' } : {}
      const headers = { 'content-type': 'application/json', ...encoding }
      const reply = await this.#send(this.#endpoint.batchUrl, {
        method: 'POST',
        headers,
        body,
        timeoutMs: POST_TIMEOUT_MS,
      })
      return interpretReply(reply, (this.#endpoint.now ?? Date.now)())
    } catch (cause) {
      return { kind: 'later', category: 'unreachable', detail: unreachable(this.#endpoint, cause) }
    }
  }

  /** Limits and deployment data of the health page; the defaults if there is none to be had. */
  async describe(): Promise<{ limits: Limits; deployment: DeploymentMetadata }> {
    const health = await this.#health()
    return {
      limits: { ...DEFAULT_LIMITS, ...limitsFrom(health) },
      deployment: deploymentFrom(health),
    }
  }

  async #health(): Promise<JsonObject | undefined> {
    const { healthUrl } = this.#endpoint
    if (healthUrl === undefined) return undefined
    try {
      const reply = await this.#send(healthUrl, {
        method: 'GET',
        headers: {},
        timeoutMs: DESCRIBE_TIMEOUT_MS,
      })
      return reply.status === 200 ? parseObject(reply.body) : undefined
    } catch {
      return undefined
    }
  }

  async #send(url: string, message: Message): Promise<HttpReply> {
    this.#agent ??= await connect()
    const headers = { ...message.headers, ...(await this.#endpoint.headers()) }
    return exchange(this.#agent, url, { ...message, headers })
  }

  async close(): Promise<void> {
    await this.#agent?.close()
    this.#agent = undefined
  }
}

/** Loaded on the first request: a command that only captures or reads never pays for it. */
async function connect(): Promise<Agent> {
  const undici = await import('undici')
  return new undici.Agent({ connections: 1, keepAliveTimeout: 30_000 })
}

const gzipAsync = promisify(gzip)

/** Level 1: a fifth of the time of level 6 for a tenth more bytes. */
function compressed(body: Buffer): Promise<Buffer> {
  return gzipAsync(body, { level: 1 })
}

export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}

function unreachable({ batchUrl }: HttpEndpoint, cause: unknown): string {
  const code = asString(asObject(cause)?.['code'])
  const message = cause instanceof Error ? cause.message : String(cause)
  return `${new URL(batchUrl).origin} cannot be reached: ${code ?? message}`
}

function deploymentFrom(health: JsonObject | undefined): DeploymentMetadata {
  const nested = asObject(health?.['deployment']) ?? {}
  const read = (key: string): string | undefined => asString(nested[key]) ?? asString(health?.[key])
  const serverInstanceId = read('server_instance_id')
  const deploymentId = read('deployment_id')
  const environmentName = read('environment_name') ?? read('environment')
  const gitSha = read('git_sha')
  return {
    ...(serverInstanceId !== undefined && { serverInstanceId }),
    ...(deploymentId !== undefined && { deploymentId }),
    ...(environmentName !== undefined && { environmentName }),
    ...(gitSha !== undefined && { gitSha }),
  }
}
