import { codeOf, HubError } from '../base/errors.ts'
import {
  nullableIn,
  numberIn,
  textIn,
  type Database,
  type Row,
  type Session,
} from '../database/database.ts'

export interface Tenant {
  readonly id: string
  readonly name: string
  readonly retentionDays: number | null
  readonly createdAt: string
  readonly revokedAt: string | null
}

const COLUMNS = `id::text, name, retention_days::text, created_at::text, revoked_at::text`

/** @throws {HubError} `tenant-exists`, `command-line` */
export async function createTenant(database: Database, name: string): Promise<Tenant> {
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name)) throw invalidName(name)
  try {
    const [row] = await database.asOperator((session) =>
      session.query(`INSERT INTO hub.tenant (name) VALUES ($1::text) RETURNING ${COLUMNS}`, [name]),
    )
    return tenantOf(row)
  } catch (cause) {
    if (codeOf(cause) !== '23505') throw cause
    throw new HubError(
      {
        code: 'tenant-exists',
        what: `there is already a tenant "${name}"`,
        where: database.where,
        next: 'choose another name, or use it: spec-kitty-hub tenant list',
      },
      { cause },
    )
  }
}

export async function listTenants(database: Database): Promise<Tenant[]> {
  const rows = await database.asOperator((session) =>
    session.query(`SELECT ${COLUMNS} FROM hub.tenant ORDER BY name`),
  )
  return rows.map(tenantOf)
}

/** Its tokens stop working with the next request; its events are kept. */
export function revokeTenant(database: Database, name: string): Promise<Tenant> {
  return change(database, name, 'revoked_at = coalesce(revoked_at, now())')
}

/** @param days null keeps events for ever */
export function setRetention(
  database: Database,
  name: string,
  days: number | null,
): Promise<Tenant> {
  return change(database, name, 'retention_days = $2::text::int', days)
}

async function change(
  database: Database,
  name: string,
  assignment: string,
  ...params: (number | null)[]
): Promise<Tenant> {
  const [row] = await database.asOperator((session) =>
    session.query(
      `UPDATE hub.tenant SET ${assignment} WHERE name = $1::text RETURNING ${COLUMNS}`,
      [name, ...params],
    ),
  )
  if (row === undefined) throw unknownTenant(database, name)
  return tenantOf(row)
}

/** @throws {HubError} `tenant-unknown` */
export async function tenantNamed(database: Database, name: string): Promise<Tenant> {
  const find = (session: Session): Promise<Row[]> =>
    session.query(`SELECT ${COLUMNS} FROM hub.tenant WHERE name = $1::text`, [name])
  const [row] = await database.asOperator(find)
  if (row === undefined) throw unknownTenant(database, name)
  return tenantOf(row)
}

function tenantOf(row: Row | undefined): Tenant {
  return {
    id: textIn(row, 'id'),
    name: textIn(row, 'name'),
    retentionDays: numberIn(row, 'retention_days'),
    createdAt: textIn(row, 'created_at'),
    revokedAt: nullableIn(row, 'revoked_at'),
  }
}

function invalidName(name: string): HubError {
  return new HubError({
    code: 'command-line',
    what: `"${name}" is not a valid tenant name`,
    where: 'command line',
    next: 'use up to 63 of a-z, 0-9, dot, hyphen and underscore, beginning with a letter or digit',
  })
}

function unknownTenant(database: Database, name: string): HubError {
  return new HubError({
    code: 'tenant-unknown',
    what: `there is no tenant "${name}"`,
    where: database.where,
    next: `run: spec-kitty-hub tenant create ${/^[\w.-]+$/.test(name) ? name : '<name>'}`,
  })
}
