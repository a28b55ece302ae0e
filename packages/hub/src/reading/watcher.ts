import type { Database } from '../database/database.ts'

/**
 * Tells live readers when there may be something new. One query for all of them asks for the
 * snapshot's xmin: it moves exactly when an event can become readable. NOTIFY would serialize the
 * commits of all hubs, and a poll for each reader would cost 20 queries for 20 readers.
 */
export class Watcher {
  readonly #database: Database
  readonly #intervalMs: number
  readonly #waiting = new Set<() => void>()
  #xmin = ''
  #version = 0
  #timer: NodeJS.Timeout | undefined

  constructor(database: Database, intervalMs = 40) {
    this.#database = database
    this.#intervalMs = intervalMs
  }

  /** Rises with every movement. A read that began under this number sees what that movement showed. */
  get version(): number {
    return this.#version
  }

  /** Resolves at the next movement, or when the signal is aborted. Never rejects. */
  async next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const wake = (): void => resolve(undefined)
    this.#waiting.add(wake)
    signal.addEventListener('abort', wake, { once: true })
    this.#schedule()
    await promise
    this.#waiting.delete(wake)
    signal.removeEventListener('abort', wake)
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#waiting.size === 0) return
    this.#timer = setTimeout(() => {
      void this.runOnce().finally(() => {
        this.#timer = undefined
        this.#schedule()
      })
    }, this.#intervalMs)
  }

  /** Asks once and wakes everybody if the xmin moved. While the database is away nobody is woken. */
  async runOnce(): Promise<void> {
    let xmin = this.#xmin
    try {
      const [row] = await this.#database.lookUp(
        'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin',
      )
      xmin = row?.['xmin'] ?? ''
    } catch {
      return
    }
    if (xmin === this.#xmin) return
    this.#xmin = xmin
    this.#version += 1
    for (const wake of [...this.#waiting]) wake()
  }
}
