import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { PGlite, Transaction } from '@electric-sql/pglite'
import { HubError, messageOf } from '../base/errors.ts'
import { ENTER_TENANT, type Database, type Row, type Session, type Value } from './database.ts'
import { lockFolder } from './folder-lock.ts'

/**
 * PostgreSQL in this process with its files in a folder, for a first try: the same SQL, one connection.
 * @throws {HubError} `folder-in-use` while another process uses the folder, `folder-unusable`
 */
export async function openEmbedded(folder: string): Promise<Database> {
  const [db, unlock] = await opened(folder)
  const inTransaction = <T>(body: (session: Session) => Promise<T>): Promise<T> =>
    db.transaction((transaction) => body(sessionOn(transaction)))
  return {
    kind: 'embedded',
    where: folder,
    asTenant: (tenantId, body) =>
      inTransaction(async (session) => {
        await session.query(ENTER_TENANT, [tenantId])
        return body(session)
      }),
    asOperator: inTransaction,
    lookUp: (sql, params) => run(db, sql, params),
    close: async () => {
      await db.close()
      unlock()
    },
  }
}

async function opened(folder: string): Promise<[PGlite, () => void]> {
  let unlock: (() => void) | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    unlock = lockFolder(folder)
    // Loaded here: a hub on a server never pays for it.
    const { PGlite } = await import('@electric-sql/pglite')
    return [await PGlite.create(join(folder, 'postgres')), unlock]
  } catch (cause) {
    unlock?.()
    if (cause instanceof HubError) throw cause
    throw new HubError(
      {
        code: 'folder-unusable',
        what: `the data folder cannot be used: ${reasonOf(cause)}`,
        where: folder,
        next: 'name another one with --data, or make this one a folder with space that you may write to',
      },
      { cause },
    )
  }
}

/** PGlite throws what its file system says as an object with a number of WASI that is not an Error. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof Error) return messageOf(cause)
  const number = typeof cause === 'object' && cause !== null && 'errno' in cause ? cause.errno : 0
  return WASI_REASONS.get(number) ?? `its files cannot be read or written (${String(number)})`
}

const WASI_REASONS = new Map<unknown, string>([
  [2, 'permission denied'],
  [22, 'a file would be too large'],
  [51, 'no space is left'],
  [54, 'it is not a folder'],
  [63, 'permission denied'],
  [69, 'it can only be read'],
])

async function run(
  db: PGlite | Transaction,
  sql: string,
  params: readonly Value[] = [],
): Promise<Row[]> {
  if (params.length > 0) return (await db.query<Row>(sql, [...params])).rows
  return (await db.exec(sql)).at(-1)?.rows ?? []
}

function sessionOn(transaction: Transaction): Session {
  const session: Session = {
    query: (sql, params) => run(transaction, sql, params),
    bytes: async (sql, params) =>
      (await run(transaction, sql, params)).map((row) =>
        Object.values(row).map((text) => (text === null ? null : Buffer.from(text))),
      ),
    part: async (body) => {
      await run(transaction, 'SAVEPOINT part')
      try {
        return await body(session)
      } catch (cause) {
        await run(transaction, 'ROLLBACK TO SAVEPOINT part')
        throw cause
      } finally {
        await run(transaction, 'RELEASE SAVEPOINT part')
      }
    },
  }
  return session
}
