import type postgres from 'postgres'
import { readAddress } from './address.ts'
import {
  ENTER_TENANT,
  SPEAKS,
  together,
  type ByteRow,
  type Database,
  type Row,
  type Session,
  type Value,
} from './database.ts'
import { ConnectionError, Pool, type Connection } from './pool.ts'

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
  // Arrives only where nothing is in between that keeps the other settings for itself.
  'hub.settings': 'arrived',
  [`hub.${SPEAKS.name}`]: SPEAKS.value,
  // Below the deadline of the pool: the server says that a statement is slow, silence means it is away.
  statement_timeout: 20_000,
  idle_in_transaction_session_timeout: 60_000,
  // A statement sees what another hub committed a moment ago, whatever the server's default is.
  default_transaction_isolation: 'read committed',
  lock_timeout: 20_000,
  // Times go out as the server writes them.
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
}

/**
 * A PostgreSQL server.
 * @throws {HubError} `command-line` if the address cannot be understood
 */
export function openPostgres({ url, connections, deadlineMs = 25_000 }: PostgresOptions): Database {
  const address = readAddress(url)
  const serving = new Pool({ address, connections, settings: SETTINGS, deadlineMs })
  // Retention and verification read whole partitions.
  const owning = new Pool({
    address,
    connections: 2,
    settings: { ...SETTINGS, statement_timeout: 0 },
  })
  return {
    kind: 'postgres',
    where: address.where,
    asTenant: (tenantId, body) =>
      serving.use((connection) =>
        inTransaction(connection, async (session) => {
          // Sent together with the first statement of the body; the server keeps their order, and
          // after a failure here it refuses the rest of the transaction.
          const [, result] = await together([
            session.query(ENTER_TENANT, [tenantId]),
            body(session),
          ])
          return result
        }),
      ),
    asOperator: (body) => owning.use((connection) => inTransaction(connection, body)),
    lookUp: (text, params) => serving.use(({ sql }) => run(sql, text, params)),
    close: async () => {
      await Promise.all([serving.end(), owning.end()])
    },
  }
}

function inTransaction<T>(
  connection: Connection,
  body: (session: Session) => Promise<T>,
): Promise<T> {
  return connection.sql.begin((transaction) =>
    unlessOver(connection, body(sessionOn(connection, transaction))),
  ) as Promise<T>
}

function sessionOn(connection: Connection, transaction: postgres.TransactionSql): Session {
  return {
    query: async (text, params) => {
      assertOpen(connection)
      return run(transaction, text, params)
    },
    bytes: async (text, params) => {
      assertOpen(connection)
      const rows: readonly ByteRow[] = await transaction
        .unsafe(text, [...params], { prepare: true })
        .raw()
      return [...rows]
    },
    // The driver fails the whole transaction with the first statement, unless it knows of the savepoint.
    part: async <T>(body: (session: Session) => Promise<T>) => {
      assertOpen(connection)
      return transaction.savepoint((inner) =>
        unlessOver(connection, body(sessionOn(connection, inner))),
      ) as Promise<T>
    },
  }
}

/**
 * Once the connection has closed, the body reaches nothing any more, and its end is not told to the
 * driver, which would send a ROLLBACK. The transaction itself fails with the connection.
 */
function unlessOver<T>(connection: Connection, body: Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const settle = (end: () => void): void => {
    if (!connection.isOver) end()
  }
  body.then(
    (result) => settle(() => resolve(result)),
    (cause: unknown) => settle(() => reject(cause)),
  )
  return promise
}

/** @throws {ConnectionError} */
function assertOpen({ isOver }: Connection): void {
  if (isOver) throw new ConnectionError('CONNECTION_CLOSED', 'the connection is closed')
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
