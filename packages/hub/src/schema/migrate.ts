import { codeOf, HubError, messageOf } from '../base/errors.ts'
import { APPLICATION_ROLE, type Database, type Session } from '../database/database.ts'
import { explainDatabase, poolerBetween } from '../database/open.ts'
import { ensureGeneration } from './generation.ts'
import { MIGRATIONS, type Migration } from './migrations.ts'
import { ensurePartitions } from './partitions.ts'

/** Serializes migrations of all hubs; the number is arbitrary but fixed for ever. */
const LOCK = 'SELECT pg_advisory_xact_lock(7305808869229538)'

export interface MigrationReport {
  /** Number of the newest migration that the database had before. */
  readonly before: number
  readonly pending: readonly Pick<Migration, 'number' | 'name'>[]
}

/**
 * Brings the schema to this program's version, in one transaction under an advisory lock, so that any
 * number of hubs may start together. Also makes partitions for the coming months.
 * @param dryRun only reports what would be done
 * @param onStep learns which migration is applied now
 * @throws {HubError} `schema-newer`, `postgres-too-old`, `pooler-between`, `role-missing`, `database-unreachable`
 */
export async function migrate(
  database: Database,
  dryRun = false,
  onStep: (what: string) => void = () => undefined,
): Promise<MigrationReport> {
  try {
    return await database.asOperator(async (session) => {
      await session.query(LOCK)
      await assertServerVersion(session, database.where)
      if (database.kind === 'postgres') await assertDirect(session, database.where)
      const before = await currentVersion(session)
      assertKnown(before, database.where)
      const pending = MIGRATIONS.filter(({ number }) => number > before)
      if (!dryRun) await apply(session, pending, database.where, onStep)
      return { before, pending: pending.map(({ number, name }) => ({ number, name })) }
    })
  } catch (cause) {
    throw explainDatabase(cause, database.where)
  }
}

async function apply(
  session: Session,
  pending: readonly Migration[],
  where: string,
  onStep: (what: string) => void,
): Promise<void> {
  await session.query('CREATE SCHEMA IF NOT EXISTS hub')
  await ensureRole(session, where)
  await session.query(`CREATE TABLE IF NOT EXISTS hub.migration (
    number int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`)
  for (const { number, name, sql } of pending) {
    onStep(`applying ${number} (${name})`)
    await session.query(sql)
    await session.query(
      'INSERT INTO hub.migration (number, name) VALUES ($1::text::int, $2::text)',
      [number, name],
    )
  }
  await ensureOperator(session)
  await ensurePartitions(session)
  await ensureGeneration(session)
}

async function assertServerVersion(session: Session, where: string): Promise<void> {
  const [row] = await session.query(`SELECT current_setting('server_version_num') AS version`)
  const major = Math.floor(Number(row?.['version']) / 10_000)
  if (major >= 15) return
  throw new HubError({
    code: 'postgres-too-old',
    what: `the hub needs PostgreSQL 15 or later, this is ${major}`,
    where,
    next: 'upgrade the server, then repeat the command',
  })
}

/** In the pooling of transactions each statement may come to another connection. */
async function assertDirect(session: Session, where: string): Promise<void> {
  const [row] = await session.query(`SELECT current_setting('hub.settings', true) AS settings`)
  if (row?.['settings'] !== 'arrived') throw poolerBetween(where)
}

async function currentVersion(session: Session): Promise<number> {
  const [table] = await session.query(`SELECT to_regclass('hub.migration')::text AS name`)
  if (table?.['name'] === null) return 0
  const [row] = await session.query(
    'SELECT coalesce(max(number), 0)::text AS version FROM hub.migration',
  )
  return Number(row?.['version'])
}

function assertKnown(version: number, where: string): void {
  const newest = MIGRATIONS.at(-1)?.number ?? 0
  if (version <= newest) return
  throw new HubError({
    code: 'schema-newer',
    what: `the database has schema version ${version}, this program knows ${newest}`,
    where,
    next: 'install the newer spec-kitty-hub; migrations only go forward',
  })
}

/** Roles belong to the whole server, so another database may have made this one already. */
async function ensureRole(session: Session, where: string): Promise<void> {
  try {
    await session.query(`
      DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${APPLICATION_ROLE}') THEN
          BEGIN
            CREATE ROLE ${APPLICATION_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS;
          EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
          END;
        END IF;
        IF NOT pg_has_role(current_user, '${APPLICATION_ROLE}', 'MEMBER') THEN
          GRANT ${APPLICATION_ROLE} TO CURRENT_USER;
        END IF;
      END $$;
      GRANT USAGE ON SCHEMA hub TO ${APPLICATION_ROLE};`)
  } catch (cause) {
    if (codeOf(cause) !== '42501') throw cause
    throw roleMissing(where, cause)
  }
  const [role] = await session.query(
    `SELECT (rolsuper OR rolbypassrls)::text AS unsafe FROM pg_roles WHERE rolname = '${APPLICATION_ROLE}'`,
  )
  if (role?.['unsafe'] === 'true')
    throw roleMissing(where, new Error('the role may bypass row-level security'))
}

function roleMissing(where: string, cause: unknown): HubError {
  return new HubError(
    {
      code: 'role-missing',
      what: `the role that serves requests cannot be used: ${messageOf(cause)}`,
      where,
      next: `as a superuser run: CREATE ROLE ${APPLICATION_ROLE} NOLOGIN; GRANT ${APPLICATION_ROLE} TO <the hub's user>;`,
    },
    { cause },
  )
}

/**
 * The owner's policies name who owned the tables when they were made. For another owner the tables would look
 * empty: everything verified, nothing to remove, no rows of another history.
 */
async function ensureOperator(session: Session): Promise<void> {
  const blind = await session.query(`
    SELECT c.relname AS table, r.oid::text AS role FROM pg_class c, pg_roles r
    WHERE c.relnamespace = 'hub'::regnamespace AND c.relforcerowsecurity
      AND r.rolname = current_user AND NOT r.rolsuper AND NOT r.rolbypassrls
      AND NOT EXISTS (SELECT FROM pg_policy p, unnest(p.polroles) AS of(role)
        WHERE p.polrelid = c.oid AND p.polname ~ '^operator' AND pg_has_role(of.role, 'USAGE'))`)
  for (const { table, role } of blind)
    await session.query(`CREATE POLICY operator_${role ?? ''} ON hub.${table ?? ''}
      TO CURRENT_USER USING (true) WITH CHECK (true)`)
}
