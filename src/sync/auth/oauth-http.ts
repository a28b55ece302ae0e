import { BoundaryError } from '../boundary/error.ts'
import { parseObject, type JsonObject } from '../boundary/json.ts'

export interface Answer {
  readonly status: number
  readonly body: JsonObject
}

const TIMEOUT_MS = 30_000

/** POSTs a form, as OAuth asks for it. Neither the form nor the answer ever reaches an error text. */
export function postForm(url: string, form: Readonly<Record<string, string>>): Promise<Answer> {
  return request(url, { method: 'POST', body: new URLSearchParams(form) })
}

/** GETs a JSON document with a bearer token. */
export function getWithToken(url: string, token: string): Promise<Answer> {
  return request(url, { headers: { authorization: `Bearer ${token}` } })
}

async function request(url: string, init: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
    return { status: response.status, body: parseObject(await response.text()) ?? {} }
  } catch (cause) {
    throw new BoundaryError(
      {
        code: 'network',
        what: `the service did not answer: ${reason(cause)}`,
        where: url,
        next: 'check the address with `spec-kitty sync server` and the network, then try again',
      },
      { cause },
    )
  }
}

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? cause.cause.message || cause.message : cause.message
}
