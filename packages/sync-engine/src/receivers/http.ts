import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { randomBytes } from 'node:crypto'
import type { Dispatcher } from 'undici'
import { asObject, asString, parseObject, type JsonObject } from '../base/json.ts'
import type { DeploymentMetadata, TargetIdentity } from '../target/identity.ts'
import { noAnswerText, proxiedClient, USER_AGENT } from '../base/network.ts'
import { exchange, NoAnswer, type Message } from './exchange.ts'
import { DEFAULT_LIMITS, type Batch, type Limits, type PostAnswer } from './contract.ts'
import { CLOUD_EVENTS_TYPE, cloudEventsBatch } from './cloud-events.ts'
import { signatureHeaders } from './webhook-signature.ts'
import { interpretReply, limitsFrom, type HttpReply } from './interpret.ts'

/** With the wait for a health page: a server that does not answer costs less than a minute. */
const POST_TIMEOUT_MS = 45_000
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
  readonly postTimeoutMs?: number | undefined
  /** CloudEvents in place of the batch API's own form; an answer without results takes all of them. */
  readonly format?: BatchFormat | undefined
  /** Signs every batch (Standard Webhooks). It is sent uncompressed then: the signature is over these bytes. */
  readonly signingKey?: Buffer | undefined
}

/** How the events of a batch are written. */
export type BatchFormat = 'batch' | 'cloudevents-batch'

/** The HTTP part that every receiver shares: one keep-alive connection, any failure an answer. */
export class HttpClient {
  readonly #endpoint: HttpEndpoint
  readonly #compress: boolean
  /** One trace for all batches of a drain (W3C Trace Context). */
  readonly #trace = hex(16)
  #agent: Dispatcher | undefined

  constructor(endpoint: HttpEndpoint) {
    this.#endpoint = endpoint
    const mayCompress = endpoint.signingKey === undefined
    this.#compress = mayCompress && (endpoint.compress ?? !isLoopback(endpoint.batchUrl))
  }

  /** @param authorization in place of the endpoint's own headers, where the caller chose a login */
  async post(batch: Batch, authorization?: Readonly<Record<string, string>>): Promise<PostAnswer> {
    try {
      const isCloudEvents = this.#endpoint.format === 'cloudevents-batch'
      const plain = isCloudEvents ? cloudEventsBatch(batch.body) : batch.body
      const body = this.#compress ? await compressed(plain) : plain
      const encoding = this.#compress ? { 'content-encoding': 'gzip' } : {}
      const headers = {
        'content-type': isCloudEvents ? CLOUD_EVENTS_TYPE : 'application/json',
        ...encoding,
        ...this.#signature(batch, body),
        'idempotency-key': `"${batch.idempotencyKey}"`,
        traceparent: `00-${this.#trace}-${hex(8)}-01`,
        ...producerHeaders(batch),
        ...(authorization ?? (await this.#endpoint.headers())),
      }
      const reply = await this.#send(this.#endpoint.batchUrl, {
        method: 'POST',
        headers,
        body,
        timeoutMs: this.#endpoint.postTimeoutMs ?? POST_TIMEOUT_MS,
      })
      const answer = interpretReply(reply, (this.#endpoint.now ?? Date.now)())
      return isCloudEvents ? allTaken(answer, batch) : answer
    } catch (cause) {
      const category = cause instanceof NoAnswer ? 'no_answer' : 'unreachable'
      return { kind: 'later', category, detail: unreachable(this.#endpoint, cause) }
    }
  }

  #signature(batch: Batch, body: Buffer): Record<string, string> {
    const { signingKey, now = Date.now } = this.#endpoint
    if (signingKey === undefined) return {}
    return signatureHeaders(signingKey, { id: `msg_${batch.idempotencyKey}`, atMs: now(), body })
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
        headers: await this.#endpoint.headers(),
        timeoutMs: DESCRIBE_TIMEOUT_MS,
      })
      return reply.status === 200 ? parseObject(reply.body) : undefined
    } catch {
      return undefined
    }
  }

  async #send(url: string, message: Message): Promise<HttpReply> {
    this.#agent ??= await proxiedClient(url, { connections: 1, keepAliveTimeout: 30_000 })
    const headers = { 'user-agent': USER_AGENT, ...message.headers }
    return exchange(this.#agent, url, { ...message, headers })
  }

  async close(): Promise<void> {
    await this.#agent?.close()
    this.#agent = undefined
  }
}

/** A receiver of CloudEvents knows no results: with any 2xx it has taken them. */
function allTaken(answer: PostAnswer, { eventIds }: Batch): PostAnswer {
  if (answer.kind !== 'later' || answer.category !== 'no_results') return answer
  const results = new Map(eventIds.map((id) => [id, { verdict: 'success' } as const]))
  return { kind: 'results', httpStatus: answer.httpStatus ?? 200, results }
}

function producerHeaders({ producer }: Batch): Record<string, string> {
  if (producer === undefined) return {}
  return { 'x-producer-id': producer.id, 'x-producer-epoch': String(producer.epoch) }
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
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
  const why = noAnswerText(batchUrl, cause)
  const joint = why.startsWith('through ') ? ' ' : ': '
  return `${new URL(batchUrl).origin} cannot be reached${joint}${why}`
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
