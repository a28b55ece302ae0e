import type { Dispatcher } from 'undici'
import type { HttpReply } from './interpret.ts'

export interface Message {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** For everything, from the wait for a connection to the last byte of the answer. */
  readonly timeoutMs: number
}

/** The server took the connection and said nothing for too long. */
export class NoAnswer extends Error {}

/**
 * Sends one request and reads the whole answer. The client's own body streams would keep every answer
 * of a long drain alive until the next full garbage collection; here nothing outlives its request.
 * @throws {Error} what the connection failed with, or that time ran out
 */
export async function exchange(
  client: Dispatcher,
  url: string,
  { method, headers, body, timeoutMs }: Message,
): Promise<HttpReply> {
  const { origin, pathname, search } = new URL(url)
  const answer = new Answer()
  const timer = setTimeout(() => {
    answer.giveUp(new NoAnswer(`no answer within ${timeoutMs / 1_000} seconds`))
  }, timeoutMs)
  try {
    client.dispatch(
      { origin, path: pathname + search, method, headers, body: body ?? null },
      answer,
    )
    return await answer.reply
  } finally {
    clearTimeout(timer)
  }
}

/** A thousand results with a reason each are far smaller; an endless answer must not fill memory. */
const MOST_ANSWER_BYTES = 16 * 1024 * 1024

/** Gathers an answer as it comes in. */
class Answer implements Dispatcher.DispatchHandler {
  readonly #done = Promise.withResolvers<HttpReply>()
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #retryAfter: string | undefined
  #gaveUp: Error | undefined

  get reply(): Promise<HttpReply> {
    return this.#done.promise
  }

  giveUp(because: Error): void {
    this.#gaveUp = because
    this.#controller?.abort(because)
    this.#done.reject(because)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#gaveUp !== undefined) controller.abort(this.#gaveUp)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status
    const retryAfter = headers['retry-after']
    this.#retryAfter = Array.isArray(retryAfter) ? retryAfter[0] : retryAfter
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > MOST_ANSWER_BYTES)
      this.giveUp(new Error(`the answer is larger than ${MOST_ANSWER_BYTES / 1024 / 1024} MiB`))
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#chunks).toString('utf8')
    this.#done.resolve({ status: this.#status, body, retryAfter: this.#retryAfter })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#done.reject(error)
  }
}
