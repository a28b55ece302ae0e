import { parseJson } from '@canary-gate/documents'

/** An answer to a GET request, or why there was none. */
export type Answer =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: Headers
      readonly body: unknown
    }
  | { readonly kind: 'silence'; readonly why: string }

/** A repository that moved leads on once or twice; a token is sent to its own host only. */
const mostRedirects = 3

/** Asks with GET, follows redirects on the same host (repositories move), and never throws. */
export async function ask(
  url: string,
  timeoutMs: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  try {
    const response = await onSameHost(url, { headers, signal: AbortSignal.timeout(timeoutMs) })
    const text = await response.text()
    return { kind: 'answer', status: response.status, headers: response.headers, body: parse(text) }
  } catch (error) {
    return { kind: 'silence', why: whyOf(error) }
  }
}

async function onSameHost(first: string, init: RequestInit): Promise<Response> {
  let url = first
  for (let hops = 0; ; hops++) {
    const response = await fetch(url, { ...init, redirect: 'manual' })
    const next = URL.parse(response.headers.get('location') ?? '', url)
    const leads =
      response.status >= 300 && response.status < 400 && next?.origin === new URL(url).origin
    if (!leads || hops === mostRedirects) return response
    await response.body?.cancel()
    url = next.href
  }
}

/** As strictly as the run will read it; what cannot be read that way is a text, which no check accepts. */
function parse(text: string): unknown {
  try {
    return parseJson(text, { maximumBytes: 16 * 1024 * 1024, fractions: 'any' })
  } catch {
    return text
  }
}

/** The reason behind `fetch failed` is in its cause. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${cause}`
}
