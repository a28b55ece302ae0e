import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { PGlite, Transaction } from '@electric-sql/pglite'
import { ENTER_TENANT, type Database, type Row, type Session, type Value } from './database.ts'
import { lockFolder } from './folder-lock.ts'

/**
 * PostgreSQL in this process with its files in a folder, for a first try: the same SQL, one connection.
 * @throws {HubError} `folder-in-use` while another process uses the folder
 */
export async function openEmbedded(folder: string): Promise<Database> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const unlock = lockFolder(folder)
  let db: PGlite
  try {
    // Loaded here: a hub on a server never pays for it.
    const { PGlite } = await import('@electric-sql/pglite')
    db = await PGlite.create(join(folder, 'postgres'))
  } catch (cause) {
    unlock()
    throw cause
  }
  const inTransaction = <T>(body: (session: Session) => Promise<T>): Promise<T> =>
    db.transaction((transaction) => body({ query: (sql, params) => run(transaction, sql, params) }))
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

async function run(
  db: PGlite | Transaction,
  sql: string,
  params: readonly Value[] = [],
): Promise<Row[]> {
  if (params.length > 0) return (await db.query<Row>(sql, [...params])).rows
  return (await db.exec(sql)).at(-1)?.rows ?? []
}
