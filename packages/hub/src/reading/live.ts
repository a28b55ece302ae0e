import type { Database } from '../database/database.ts'
import { cursorText, type Cursor } from './cursor.ts'
import { readPage, type Filter, type Page } from './page.ts'
import { Watcher } from './watcher.ts'

export interface LiveQuery {
  readonly tenantId: string
  readonly after: Cursor
  readonly filter: Filter
}

const LIMIT = 500
/** What a reader that does not read holds, for each of a thousand streams. */
const MAX_BYTES = 262_144

/** Live streams of one hub. Readers at the same place share one query. */
export class LiveReader {
  readonly #database: Database
  readonly #watcher: Watcher
  readonly #running = new Map<string, Promise<Page>>()

  constructor(database: Database, watcher = new Watcher(database)) {
    this.#database = database
    this.#watcher = watcher
  }

  /**
   * Sends what is there and then what arrives, until the signal is aborted.
   * @param send writes a page, which may be empty, and learns how far it goes; awaited, so that a slow reader
   *   is not buffered for
   * @throws whatever the database or `send` throws: the consumer connects again with its cursor
   */
  async stream(
    query: LiveQuery,
    send: (page: Page) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    let { after } = query
    let moved: Promise<void> | undefined
    while (!signal.aborted) {
      // Subscribed before the read: what is committed between the two is not missed.
      moved ??= this.#watcher.next(signal)
      const page = await this.#read({ ...query, after })
      await send(page)
      after = page.next
      if (page.more) continue
      await moved
      moved = undefined
    }
  }

  #read(query: LiveQuery): Promise<Page> {
    const { tenantId, after, filter } = query
    // A query that began before the last movement may have a snapshot that lacks what it showed.
    const { version } = this.#watcher
    const key = JSON.stringify([version, tenantId, cursorText(after), filter.project, filter.type])
    const running = this.#running.get(key)
    if (running !== undefined) return running
    const page = readPage(this.#database, { ...query, limit: LIMIT, maxBytes: MAX_BYTES }, 'sse')
    this.#running.set(key, page)
    const forget = (): void => void this.#running.delete(key)
    page.then(forget, forget)
    return page
  }
}
