import type { Dispatcher } from 'undici'
import { asObject, asString } from './json.ts'
import { proxyAnswer, proxyFor, proxyName } from './proxy.ts'

/** Who asks, for the log of a server or a proxy. The same number as in package.json; a spec compares them. */
export const USER_AGENT = 'spec-kitty-sync/0.2.0'

/** Loaded on the first request: a command that only captures or reads never pays for it. */
const load = () => import('undici')

/**
 * A client for one address: it goes through the proxy that `HTTP_PROXY`, `HTTPS_PROXY` or `ALL_PROXY` names,
 * unless `NO_PROXY` excepts the host.
 * @throws {Error} where a variable names no proxy
 */
export async function proxiedClient(
  url: string,
  options: { readonly connections?: number; readonly keepAliveTimeout?: number } = {},
): Promise<Dispatcher> {
  const proxy = proxyFor(url)
  const undici = await load()
  return proxy === undefined
    ? new undici.Agent(options)
    : new undici.ProxyAgent({ ...options, uri: proxy })
}

/**
 * Why there was no answer, in words: the innermost reason, and where a proxy was asked, which one.
 */
export function noAnswerText(url: string, cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const answer = proxyAnswer(inner) ?? proxyAnswer(cause)
  const said = answer ?? describeReason(inner, cause)
  const proxy = namedProxy(url)
  return proxy === undefined ? said : `through the proxy ${proxyName(proxy)}: ${said}`
}

function describeReason(inner: unknown, cause: unknown): string {
  const code = asString(asObject(inner)?.['code'])
  const message = inner instanceof Error ? inner.message : String(inner)
  return code ?? (message || String(cause))
}

function namedProxy(url: string): string | undefined {
  try {
    return proxyFor(url)
  } catch {
    return undefined
  }
}

export interface PlainRequest {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

/** The parts of an answer that its readers need. */
export interface PlainAnswer {
  readonly status: number
  readonly headers: { readonly get: (name: string) => string | null }
  readonly body: AsyncIterable<Uint8Array> | null
}

const MOST_BYTES = 1024 * 1024

/**
 * The text of an answer. One that does not end must not fill the memory.
 * @throws {Error} if it is larger than a mebibyte, also once it is unpacked
 */
export async function boundedText({ body }: PlainAnswer): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const part of body ?? []) {
    bytes += part.length
    if (bytes > MOST_BYTES) throw new Error(`the answer is larger than ${MOST_BYTES} bytes`)
    chunks.push(part)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** One request through the proxy of the environment. Neither a token nor a document follows a redirect. */
export async function request(
  url: string,
  { method = 'GET', headers = {}, body, signal }: PlainRequest,
): Promise<PlainAnswer> {
  const undici = await load()
  checkHeaders(headers)
  const client = await proxiedClient(url, { keepAliveTimeout: 1 })
  const response = await undici.fetch(url, {
    method,
    headers: { 'user-agent': USER_AGENT, ...headers },
    ...(body === undefined ? {} : { body }),
    signal,
    redirect: 'manual',
    dispatcher: client,
  })
  // The connection ends with its answer, whoever reads it to the end or not.
  void client.close()
  return response
}

/** The client would name the value in its error, and the value may be a token. */
function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers))
    if (!/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value))
      throw new Error(`the header ${name} has a character that no header may have`)
}
