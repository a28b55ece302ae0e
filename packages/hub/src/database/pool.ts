import postgres from 'postgres'
import { codeOf } from '../base/errors.ts'
import type { Address } from './address.ts'

/** No connection gave an answer in time, or it broke; says nothing about whether a transaction was committed. */
export class ConnectionError extends Error {
  readonly code: 'ETIMEDOUT' | 'CONNECTION_CLOSED' | 'CONNECTION_ENDED'

  constructor(code: ConnectionError['code'], message: string) {
    super(message)
    this.code = code
  }
}

export interface PoolOptions {
  readonly address: Address
  readonly connections: number
  /** Settings of every connection. */
  readonly settings: Readonly<Record<string, string | number>>
  /** After this a use is given up, in milliseconds. */
  readonly deadlineMs?: number
}

/** One connection, which is never used again once it has closed. */
export class Connection {
  readonly sql: postgres.Sql
  /** When its last use ended well, at first when it was made. */
  answeredAt = performance.now()
  #isOver = false
  #idle: NodeJS.Timeout | undefined

  constructor({ address, settings }: PoolOptions, onOver: (connection: Connection) => void) {
    this.sql = postgres(address.url, {
      ...address.options,
      max: 1,
      connect_timeout: 5,
      // The pool ends what is idle or old: only it knows that nobody is about to use it.
      idle_timeout: 0,
      max_lifetime: null,
      onnotice: () => undefined,
      fetch_types: false,
      connection: settings,
      onclose: () => {
        this.#isOver = true
        onOver(this)
      },
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Ends it without waiting for whoever uses it: their statements fail. */
  discard(): void {
    this.#isOver = true
    this.busy()
    void this.sql.end({ timeout: 0 }).catch(() => undefined)
  }

  idle(onTooLong: () => void): void {
    this.#idle = setTimeout(onTooLong, LONGEST_IDLE_MS).unref()
  }

  busy(): void {
    clearTimeout(this.#idle)
  }
}

const LONGEST_IDLE_MS = 300_000

/** What the system and the driver call a connection that is gone; codes of PostgreSQL have digits. */
const BROKEN = /^(E[A-Z]+|CONNECT(ION)?_[A-Z_]+)$/

const READ_ONLY = '25006'

/**
 * Connections to a server. The driver has a pool of its own, which opens a closed connection again for the
 * next query. What is left of the old transaction, at least its ROLLBACK, then goes to a socket that is
 * gone, which ends the process, or into the transaction of somebody else (porsager/postgres#1208).
 */
export class Pool {
  readonly #options: PoolOptions
  readonly #all = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #waiting: ((connection: Connection) => void)[] = []
  #isEnding = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Lends a connection to the body. @throws {ConnectionError} */
  async use<T>(body: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#isEnding) throw new ConnectionError('CONNECTION_ENDED', 'the pool was closed')
    const deadline = Promise.withResolvers<never>()
    const began = performance.now()
    let connection: Connection | undefined
    const { deadlineMs } = this.#options
    const give = (): void => {
      if (connection !== undefined) this.#discardSilent(connection, began)
      deadline.reject(new ConnectionError('ETIMEDOUT', 'the database does not answer'))
    }
    const timer = deadlineMs === undefined ? undefined : setTimeout(give, deadlineMs)
    try {
      connection = await this.#lent(deadline.promise)
      return await Promise.race([this.#returning(connection, body), deadline.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  /**
   * A use that is given up takes its connection with it, also one that answered others while it was waited
   * for. The others would hang as well, if the network is gone without a word; unless they have answered since.
   */
  #discardSilent(own: Connection, since: number): void {
    for (const connection of this.#all)
      if (connection === own || connection.answeredAt < since) this.#remove(connection).discard()
  }

  async end(): Promise<void> {
    this.#isEnding = true
    await Promise.all([...this.#all].map(({ sql }) => sql.end({ timeout: 10 })))
  }

  async #lent(deadline: Promise<never>): Promise<Connection> {
    const { promise, resolve } = Promise.withResolvers<Connection>()
    this.#waiting.push(resolve)
    this.#serve()
    try {
      return await Promise.race([promise, deadline])
    } catch (cause) {
      const place = this.#waiting.indexOf(resolve)
      if (place >= 0) this.#waiting.splice(place, 1)
      else void promise.then((connection) => this.#takeBack(connection))
      throw cause
    }
  }

  async #returning<T>(
    connection: Connection,
    body: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    try {
      return await body(connection)
    } catch (cause) {
      // The driver says so before the socket closes; in between it would wait for that close in vain.
      if (BROKEN.test(codeOf(cause)) && !connection.isOver) connection.discard()
      // What was read-only when it was connected stays so: another connection may reach who takes writes now.
      if (codeOf(cause) === READ_ONLY && !connection.isOver) connection.discard()
      throw cause
    } finally {
      this.#takeBack(connection)
    }
  }

  #takeBack(connection: Connection): void {
    if (connection.isOver) this.#remove(connection)
    else {
      connection.answeredAt = performance.now()
      this.#idle.push(connection)
      connection.idle(() => this.#remove(connection).discard())
    }
    this.#serve()
  }

  /** Gives connections to those who wait, in their order. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      const connection = this.#idle.pop() ?? this.#opened()
      if (connection === undefined) return
      connection.busy()
      this.#waiting.shift()?.(connection)
    }
  }

  #opened(): Connection | undefined {
    if (this.#all.size >= this.#options.connections) return undefined
    const connection = new Connection(this.#options, (closed) => {
      this.#remove(closed)
      this.#serve()
    })
    this.#all.add(connection)
    return connection
  }

  #remove(connection: Connection): Connection {
    this.#all.delete(connection)
    const place = this.#idle.indexOf(connection)
    if (place >= 0) this.#idle.splice(place, 1)
    connection.busy()
    return connection
  }
}
