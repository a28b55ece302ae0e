import { codeOf, HubError, messageOf } from '../base/errors.ts'
import type { Database } from './database.ts'
import { openEmbedded } from './embedded.ts'
import { openPostgres } from './postgres.ts'

export interface DatabasePlace {
  /** A PostgreSQL address; without one the database is a folder. */
  readonly url?: string | undefined
  readonly folder: string
  readonly connections: number
}

/** @throws {HubError} `command-line`, `folder-in-use` */
export function openDatabase({ url, folder, connections }: DatabasePlace): Promise<Database> {
  if (url === undefined) return openEmbedded(folder)
  return Promise.resolve(openPostgres({ url, connections }))
}

/**
 * Classes of SQLSTATE that say the server is away, starting, stopping, out of means, only a replica, or
 * knows this hub or its database no more.
 */
const AWAY = /^(08|57P|53|58|XX|25006|28|3D)/
const AWAY_CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'CONNECTION_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  '25P03',
  '57014',
  '55P03',
])

/** What Node calls a server whose certificate it does not accept, or that speaks no TLS. */
const UNTRUSTED =
  /^(CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_|ERR_SSL_|ERR_TLS_|EPROTO)/

/** Whether a failure says nothing about the request: the same request may succeed later. */
export function isDatabaseAway(cause: unknown): boolean {
  if (cause instanceof AggregateError) return cause.errors.some(isDatabaseAway)
  const code = codeOf(cause)
  return AWAY_CODES.has(code) || UNTRUSTED.test(code) || (code.length === 5 && AWAY.test(code))
}

/** Deadlock and serialization failure: PostgreSQL asks for the transaction again. */
export function wantsAnotherTry(cause: unknown): boolean {
  return /^40(001|P01)$/.test(codeOf(cause))
}

/** What an operator needs to know about a database that a command cannot use. */
export function explainDatabase(cause: unknown, where: string): unknown {
  if (cause instanceof HubError) return cause
  const code = codeOf(cause)
  if (messageOf(cause).includes('unsupported startup parameter')) return poolerBetween(where, cause)
  if (/^(28|3D|42501|42704|25006)/.test(code))
    return new HubError(
      {
        code: 'database-refuses',
        what: `the database refuses: ${messageOf(cause)}`,
        where,
        next: 'correct user, password, database name, rights or parameters of the address, then repeat the command',
      },
      { cause },
    )
  if (UNTRUSTED.test(code))
    return new HubError(
      {
        code: 'database-refuses',
        what: `there is no trusted connection to the database: ${messageOf(cause)}`,
        where,
        next: 'correct sslmode and sslrootcert of the address, or the certificate of the server',
      },
      { cause },
    )
  if (isDatabaseAway(cause))
    return new HubError(
      {
        code: 'database-unreachable',
        what: `the database cannot be reached: ${messageOf(cause) || code}`,
        where,
        next: 'start PostgreSQL or correct the address, then repeat the command',
      },
      { cause },
    )
  return cause
}

/** The hub has a pool of its own, with limits for its connections and statements that they have prepared. */
export function poolerBetween(where: string, cause?: unknown): HubError {
  return new HubError(
    {
      code: 'pooler-between',
      what: 'the settings of the hub do not reach PostgreSQL: a pooler such as PgBouncer is in between',
      where,
      next: 'write the address of PostgreSQL itself; --connections bounds how many connections a hub has',
    },
    { cause },
  )
}
