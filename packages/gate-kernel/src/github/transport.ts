import { DocumentError, parseJson } from '@canary-gate/documents'
import { permission, type AllowList } from './allow-list.ts'
import { gitHubStop } from './stop.ts'

export type Fetch = typeof globalThis.fetch

/** Longer answers are not read: a page of a hundred comments of the longest kind is below it. */
const largestAnswerBytes = 32 * 1024 * 1024

/** A transferred repository leads on once; more than a few hops is a loop. */
const mostRedirects = 5

/**
 * A transport that sends only what the allow-list permits, and each request within its time. A read is
 * redirected only within the configured interface: the token goes nowhere else, not even to another
 * port, and nobody else's answer counts. A write is never led on.
 */
export function guardedFetch(allowed: AllowList, timeoutMs: number, fetch: Fetch): Fetch {
  return async (input, init) => {
    const method = init?.method ?? 'GET'
    const body = typeof init?.body === 'string' ? init.body : null
    const signal = AbortSignal.timeout(timeoutMs)
    let url = input instanceof Request ? input.url : String(input)
    for (let hops = 0; ; hops++) {
      requirePermission({ method, url, body }, allowed)
      const response = await fetch(url, { ...init, signal, redirect: 'manual' })
      const location = response.headers.get('location')
      const leads = response.status >= 300 && response.status < 400 && location !== null
      if (!leads || method !== 'GET') {
        return bounded(response, `${method} ${pathOf(url)}`, hops > 0)
      }
      await response.body?.cancel()
      url = nextUrl(url, location, hops, allowed)
    }
  }
}

function requirePermission(outgoing: Parameters<typeof permission>[0], allowed: AllowList): void {
  const permit = permission(outgoing, allowed)
  if (permit.allowed) return
  const where = `${outgoing.method} ${pathOf(outgoing.url)}`
  throw gitHubStop('write-refused', { what: `refused to send: ${permit.reason}`, where })
}

/** Header by which an answer says that it was led on to. No server can forge it: it is set or removed. */
export const ledOn = 'x-canary-gate-led-on'

/** Where a read is led to, if that is the configured interface still. */
function nextUrl(from: string, location: string, hops: number, allowed: AllowList): string {
  const next = URL.parse(location, from)
  const where = `GET ${pathOf(from)}`
  if (
    next === null ||
    !permission({ method: 'GET', url: next.href, body: null }, allowed).allowed
  ) {
    const to = next === null ? 'an address that cannot be read' : `${next.origin}${next.pathname}`
    const what = `GitHub leads this request on to ${to}, which is not the configured interface`
    throw gitHubStop('led-away', { what, where })
  }
  if (hops < mostRedirects) return next.href
  throw gitHubStop('led-away', { what: `GitHub leads on more than ${mostRedirects} times`, where })
}

const pathOf = (url: string): string => new URL(url).pathname

/** The answer with its body read, up to the bound; before that nothing of it is parsed. */
async function bounded(response: Response, where: string, isLedOn: boolean): Promise<Response> {
  const { status, statusText } = response
  const headers = new Headers(response.headers)
  if (isLedOn) headers.set(ledOn, 'yes')
  else headers.delete(ledOn)
  if (response.body === null) return new Response(null, { status, statusText, headers })
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > largestAnswerBytes) {
      const what = `the answer is longer than ${largestAnswerBytes} bytes`
      throw gitHubStop('unreadable', { what, where })
    }
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  if (response.ok) requireOneMeaning(body, headers.get('content-type') ?? '', where)
  return new Response(body, { status, statusText, headers })
}

/**
 * octokit takes the last of two equal keys, and whatever stands before a byte order mark. What can be read
 * in two ways is not believed in either.
 */
function requireOneMeaning(body: Uint8Array, contentType: string, where: string): void {
  if (body.byteLength === 0 || !/[/+]json\b/i.test(contentType)) return
  try {
    parseJson(body, { maximumBytes: largestAnswerBytes, fractions: 'not-whole' })
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error
    const why = error.findings.slice(0, 3).join('; ')
    const what = `the answer is not one JSON document with one meaning: ${why}`
    throw gitHubStop('unreadable', { what, where })
  }
}
