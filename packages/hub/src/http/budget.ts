import { Problem } from '../base/problem.ts'

const MOST_WAITING = 2_000

/** Bounds what requests may hold together: bytes of bodies in memory, and batches at the database. */
export class Budget {
  readonly #maxBytes: number
  readonly #maxRunning: number
  #bytes = 0
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(maxBytes: number, maxRunning: number) {
    this.#maxBytes = maxBytes
    this.#maxRunning = maxRunning
  }

  /** @throws {Problem} `overloaded` */
  take(bytes: number): void {
    if (this.#bytes + bytes > this.#maxBytes) throw overloaded()
    this.#bytes += bytes
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes
  }

  /** Runs the body when fewer than the allowed number run. @throws {Problem} `overloaded` */
  async run<T>(body: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#maxRunning) {
      if (this.#waiting.length >= MOST_WAITING) throw overloaded()
      const { promise, resolve } = Promise.withResolvers<undefined>()
      this.#waiting.push(() => resolve(undefined))
      await promise
    } else this.#running += 1
    try {
      return await body()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}

function overloaded(): Problem {
  return new Problem('overloaded', {
    detail: 'too many bodies are being received',
    next: 'send the batch again later; nothing of it was stored',
    retryAfterSeconds: 2,
  })
}
