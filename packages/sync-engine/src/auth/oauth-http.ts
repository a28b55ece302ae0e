import { SyncError } from '../base/errors.ts'
import { parseObject, type JsonObject } from '../base/json.ts'
import { boundedText, noAnswerText, request, type PlainRequest } from '../base/network.ts'

export interface Answer {
  readonly status: number
  readonly body: JsonObject
  /** How long the service wants to be left alone, as it wrote it. */
  readonly retryAfter?: string | undefined
}

const TIMEOUT_MS = 30_000

/** POSTs a form, as OAuth asks for it. Neither the form nor the answer ever reaches an error text. */
export function postForm(url: string, form: Readonly<Record<string, string>>): Promise<Answer> {
  return ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  })
}

/** GETs a JSON document with a bearer token. */
export function getWithToken(url: string, token: string): Promise<Answer> {
  return ask(url, { headers: { authorization: `Bearer ${token}` } })
}

async function ask(url: string, asked: Omit<PlainRequest, 'signal'>): Promise<Answer> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await request(url, { ...asked, signal })
    const body = parseObject(await boundedText(response)) ?? {}
    const retryAfter = response.headers.get('retry-after') ?? undefined
    return { status: response.status, body, retryAfter }
  } catch (cause) {
    throw new SyncError(
      {
        code: 'network',
        what: `the service did not answer: ${noAnswerText(url, cause)}`,
        where: url,
      },
      { cause },
    )
  }
}
