import { createHash, randomBytes } from 'node:crypto'
import { HubError } from '../base/errors.ts'
import { arrayText, nullableIn, textIn, type Database, type Row } from '../database/database.ts'
import type { Tenant } from './tenants.ts'

export const SCOPES = ['ingest', 'read', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

export interface Token {
  readonly id: string
  readonly tenant: string
  readonly label: string
  readonly scopes: readonly string[]
  readonly requestsPerSecond: number
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly revokedAt: string | null
}

/** Who sends a request. */
export interface Caller {
  readonly tokenId: string
  readonly tenantId: string
  readonly tenant: string
  readonly scopes: ReadonlySet<string>
  readonly requestsPerSecond: number
}

export interface TokenWishes {
  readonly label: string
  readonly scopes: readonly Scope[]
  readonly requestsPerSecond: number
  readonly expiresInDays?: number | undefined
}

const FROM = `FROM hub.token k JOIN hub.tenant t ON t.id = k.tenant_id`
const COLUMNS = `k.id::text, t.name AS tenant, k.label, array_to_string(k.scopes, ',') AS scopes,
  k.requests_per_second::text, k.created_at::text, k.expires_at::text, k.revoked_at::text`

/** The secret is returned once; the database keeps its SHA-256 only (it has 256 random bits). */
function newSecret(): string {
  return `skh_${randomBytes(32).toString('base64url')}`
}

export async function createToken(
  database: Database,
  tenant: Tenant,
  { label, scopes, requestsPerSecond, expiresInDays }: TokenWishes,
): Promise<{ readonly token: Token; readonly secret: string }> {
  const secret = newSecret()
  const [row] = await database.asOperator((session) =>
    session.query(
      `WITH k AS (INSERT INTO hub.token (tenant_id, hash, label, scopes, requests_per_second, life,
           expires_at)
         VALUES ($1::text::int, decode($2::text, 'hex'), $3::text, $4::text::text[], $5::text::int,
           $6::text::int * interval '1 day', now() + $6::text::int * interval '1 day') RETURNING *)
       SELECT ${COLUMNS} FROM k JOIN hub.tenant t ON t.id = k.tenant_id`,
      [
        tenant.id,
        hashOf(secret),
        label,
        arrayText(scopes),
        requestsPerSecond,
        expiresInDays ?? null,
      ],
    ),
  )
  return { token: tokenOf(row), secret }
}

export async function listTokens(database: Database, tenant?: string): Promise<Token[]> {
  const rows = await database.asOperator((session) =>
    session.query(
      `SELECT ${COLUMNS} ${FROM} WHERE $1::text IS NULL OR t.name = $1::text ORDER BY t.name, k.created_at`,
      [tenant ?? null],
    ),
  )
  return rows.map(tokenOf)
}

/** @throws {HubError} `token-unknown` */
export async function revokeToken(database: Database, id: string): Promise<Token> {
  const [row] = await database.asOperator((session) =>
    session.query(
      `WITH k AS (UPDATE hub.token SET revoked_at = coalesce(revoked_at, now())
         WHERE id::text = $1::text RETURNING *)
       SELECT ${COLUMNS} FROM k JOIN hub.tenant t ON t.id = k.tenant_id`,
      [id],
    ),
  )
  if (row === undefined) throw unknownToken(database)
  return tokenOf(row)
}

/**
 * Rotation without downtime: a new token of the same tenant, scopes, rate and life, while the old one works
 * until the grace time is over. Both or neither: an old token never ends without a successor. A second one,
 * because the first got lost, lives as long: the end of the old token says nothing of that any more.
 * @throws {HubError} `token-unknown`, `token-revoked`
 */
export async function rotateToken(
  database: Database,
  id: string,
  graceHours: number,
): Promise<{ readonly token: Token; readonly secret: string }> {
  const secret = newSecret()
  const [row] = await database.asOperator((session) =>
    session.query(
      `WITH old AS (SELECT * FROM hub.token
         WHERE id::text = $1::text AND revoked_at IS NULL FOR UPDATE),
       ended AS (UPDATE hub.token
         SET expires_at = least(expires_at, now() + $2::text::int * interval '1 hour')
         WHERE id IN (SELECT id FROM old)),
       k AS (INSERT INTO hub.token (tenant_id, hash, label, scopes, requests_per_second, life,
           expires_at)
         SELECT tenant_id, decode($3::text, 'hex'), label, scopes, requests_per_second, life,
           now() + life FROM old
         RETURNING *)
       SELECT ${COLUMNS} FROM k JOIN hub.tenant t ON t.id = k.tenant_id`,
      [id, graceHours, hashOf(secret)],
    ),
  )
  if (row === undefined) throw await whyNotRotated(database, id)
  return { token: tokenOf(row), secret }
}

/** A revoked token may be in foreign hands: who asks for its successor says so by making a new one. */
async function whyNotRotated(database: Database, id: string): Promise<HubError> {
  const token = (await listTokens(database)).find((one) => one.id === id)
  if (token === undefined) return unknownToken(database)
  return new HubError({
    code: 'token-revoked',
    what: `the token was revoked at ${token.revokedAt ?? ''}, so it has no successor`,
    where: database.where,
    next: `make a new one: spec-kitty-hub token create --tenant ${token.tenant} --scopes ${token.scopes.join(',')}`,
  })
}

function unknownToken(database: Database): HubError {
  return new HubError({
    code: 'token-unknown',
    what: 'there is no token with this id',
    where: database.where,
    next: 'run: spec-kitty-hub token list',
  })
}

/** Who a secret belongs to; undefined if it is unknown, expired or revoked. Asked with every request. */
export async function authenticate(
  database: Database,
  secret: string,
): Promise<Caller | undefined> {
  if (!/^skh_[\w-]{43}$/.test(secret)) return undefined
  const [row] = await database.lookUp(
    `SELECT k.id::text, k.tenant_id::text, t.name AS tenant, array_to_string(k.scopes, ',') AS scopes,
       k.requests_per_second::text ${FROM}
     WHERE k.hash = decode($1::text, 'hex') AND k.revoked_at IS NULL AND t.revoked_at IS NULL
       AND (k.expires_at IS NULL OR k.expires_at > now())`,
    [hashOf(secret)],
  )
  if (row === undefined) return undefined
  return {
    tokenId: textIn(row, 'id'),
    tenantId: textIn(row, 'tenant_id'),
    tenant: textIn(row, 'tenant'),
    scopes: new Set(textIn(row, 'scopes').split(',')),
    requestsPerSecond: Number(textIn(row, 'requests_per_second')),
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function tokenOf(row: Row | undefined): Token {
  return {
    id: textIn(row, 'id'),
    tenant: textIn(row, 'tenant'),
    label: textIn(row, 'label'),
    scopes: textIn(row, 'scopes').split(','),
    requestsPerSecond: Number(textIn(row, 'requests_per_second')),
    createdAt: textIn(row, 'created_at'),
    expiresAt: nullableIn(row, 'expires_at'),
    revokedAt: nullableIn(row, 'revoked_at'),
  }
}
