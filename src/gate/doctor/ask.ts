/** An answer to a GET request, or why there was none. */
export type Answer =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: Headers
      readonly body: unknown
    }
  | { readonly kind: 'silence'; readonly why: string }

/** Asks with GET, follows redirects (repositories move), and never throws. */
export async function ask(
  url: string,
  timeoutMs: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) })
    const text = await response.text()
    return { kind: 'answer', status: response.status, headers: response.headers, body: parse(text) }
  } catch (error) {
    return { kind: 'silence', why: whyOf(error) }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
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
