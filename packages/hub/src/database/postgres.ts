import postgres from 'postgres'
import { HubError, messageOf } from '../base/errors.ts'
import {
  ENTER_TENANT,
  together,
  type Database,
  type Row,
  type Session,
  type Value,
} from './database.ts'

export interface PostgresOptions {
  readonly url: string
  /** Connections that serve requests; the owner's work has two of its own. */
  readonly connections: number
  /** After this a request is given up, in milliseconds: the network may be gone without a word. */
  readonly deadlineMs?: number
}

/** Settings of every connection: a hub that hangs must not hold locks, nor the readers' cursor. */
const SETTINGS = {
  application_name: 'spec-kitty-hub',
  statement_timeout: 60_000,
  idle_in_transaction_session_timeout: 60_000,
  lock_timeout: 20_000,
}

/** No answer from the server in time; says nothing about whether the transaction was committed. */
class DeadlineError extends Error {
  readonly code = 'ETIMEDOUT'
}

/**
 * A PostgreSQL server.
 * @throws {HubError} `command-line` if the address cannot be understood
 */
export function openPostgres({ url, connections, deadlineMs = 25_000 }: PostgresOptions): Database {
  const where = withoutPassword(url)
  const serving = new Pool(() => connect(url, connections, SETTINGS), deadlineMs)
  // Retention and verification read whole partitions.
  const owning = connect(url, 2, { ...SETTINGS, statement_timeout: 0 })
  return {
    kind: 'postgres',
    where,
    asTenant: (tenantId, body) =>
      serving.use((sql) =>
        inTransaction(sql, async (session) => {
          // Sent together with the first statement of the body; the server keeps their order, and
          // after a failure here it refuses the rest of the transaction.
          const [, result] = await together([
            session.query(ENTER_TENANT, [tenantId]),
            body(session),
          ])
          return result
        }),
      ),
    asOperator: (body) => inTransaction(owning, body),
    lookUp: (text, params) => serving.use((sql) => run(sql, text, params)),
    close: async () => {
      await Promise.all([serving.end(), owning.end({ timeout: 10 })])
    },
  }
}

/** Connections that are all replaced when one does not answer: the others would hang as well. */
class Pool {
  readonly #open: () => postgres.Sql
  readonly #deadlineMs: number
  #sql: postgres.Sql

  constructor(open: () => postgres.Sql, deadlineMs: number) {
    this.#open = open
    this.#deadlineMs = deadlineMs
    this.#sql = open()
  }

  async use<T>(body: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    const sql = this.#sql
    const deadline = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      if (this.#sql === sql) this.#sql = this.#open()
      void sql.end({ timeout: 0 }).catch(() => undefined)
      deadline.reject(new DeadlineError('the database does not answer'))
    }, this.#deadlineMs)
    try {
      return await Promise.race([body(sql), deadline.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  end(): Promise<void> {
    return this.#sql.end({ timeout: 10 })
  }
}

function connect(
  url: string,
  max: number,
  connection: Record<string, string | number>,
): postgres.Sql {
  return postgres(url, {
    max,
    connect_timeout: 5,
    idle_timeout: 300,
    backoff: (retries: number) => Math.min(0.1 * 2 ** retries, 2),
    onnotice: () => undefined,
    fetch_types: false,
    connection,
  })
}

function inTransaction<T>(sql: postgres.Sql, body: (session: Session) => Promise<T>): Promise<T> {
  return sql.begin((transaction) =>
    body({ query: (text, params) => run(transaction, text, params) }),
  ) as Promise<T>
}

async function run(
  sql: postgres.Sql | postgres.TransactionSql,
  text: string,
  params: readonly Value[] = [],
): Promise<Row[]> {
  // Without parameters the simple protocol is used, which also takes several statements at a time.
  if (params.length === 0) return sql.unsafe<Row[]>(text)
  return sql.unsafe<Row[]>(text, [...params], { prepare: true })
}

function withoutPassword(address: string): string {
  try {
    const { protocol, host, pathname, search } = new URL(address)
    if (!/^postgres(?:ql)?:$/.test(protocol)) throw new Error('it must begin with postgres://')
    const socket = new URLSearchParams(search).get('host')
    return `${protocol}//${socket ?? host}${pathname}`
  } catch (cause) {
    // The cause is not passed on: it would show the address, and with it the password.
    throw new HubError({
      code: 'command-line',
      what: `the database address cannot be understood: ${messageOf(cause)}`,
      where: '--database or SPEC_KITTY_HUB_DATABASE',
      next: 'write it as postgres://user:password@host:5432/name',
    })
  }
}
