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

/** So many bytes together, of whoever holds them. */
class Bytes {
  readonly #most: number
  readonly #next: string
  #held = 0

  constructor(most: number, next: string) {
    this.#most = most
    this.#next = next
  }

  /** @returns gives them back @throws {Problem} `overloaded` */
  take(bytes: number): () => void {
    if (this.#held + bytes > this.#most) throw overloaded(this.#next)
    this.#held += bytes
    return () => (this.#held -= bytes)
  }
}

/** Bounds what requests hold together: bodies in memory, bodies being unpacked, batches at the database, answers. */
export class Budget {
  readonly unpacking = new Slots(PARALLEL_UNPACKING)
  readonly storing: Slots
  /** Answers that their readers have not taken yet. */
  readonly answers: Bytes
  readonly #bodies: Bytes

  constructor(maxBytes: number, maxStoring: number) {
    this.#bodies = new Bytes(maxBytes, SEND_AGAIN)
    this.answers = new Bytes(maxBytes, 'ask again later, with a smaller limit')
    this.storing = new Slots(maxStoring)
  }

  /** Whatever the body takes is counted until it ends: a batch that waits for the database is in memory. */
  async holding<T>(body: (take: Take) => Promise<T>): Promise<T> {
    const held: (() => void)[] = []
    try {
      return await body((bytes) => void held.push(this.#bodies.take(bytes)))
    } finally {
      for (const giveBack of held) giveBack()
    }
  }
}

const SEND_AGAIN = 'send the batch again later; nothing of it was stored'

function overloaded(next: string = SEND_AGAIN): Problem {
  return new Problem('overloaded', {
    detail: 'too many bodies are being received or sent',
    next,
    retryAfterSeconds: 2,
  })
}
