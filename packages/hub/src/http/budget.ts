import { Problem } from '../base/problem.ts'

/** What a request counts, in bytes, for as long as it holds them. @throws {Problem} `overloaded` */
export type Take = (bytes: number) => void

const MOST_WAITING = 2_000

/** As many as Node has threads for it: more at a time only hold more memory. */
const PARALLEL_UNPACKING = 4

/** So many at a time; the others wait in their order. */
class Slots {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(most: number) {
    this.#most = most
  }

  /** @throws {Problem} `overloaded` */
  async run<T>(body: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) {
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

/** Bounds what requests hold together: bodies in memory, bodies being unpacked, batches at the database. */
export class Budget {
  readonly unpacking = new Slots(PARALLEL_UNPACKING)
  readonly storing: Slots
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number, maxStoring: number) {
    this.#maxBytes = maxBytes
    this.storing = new Slots(maxStoring)
  }

  /** Whatever the body takes is counted until it ends: a batch that waits for the database is in memory. */
  async holding<T>(body: (take: Take) => Promise<T>): Promise<T> {
    let held = 0
    try {
      return await body((bytes) => {
        if (this.#bytes + bytes > this.#maxBytes) throw overloaded()
        this.#bytes += bytes
        held += bytes
      })
    } finally {
      this.#bytes -= held
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
