import type { Command } from 'commander'
import { explainDatabase } from '../database/open.ts'
import { retain } from '../operating/retention.ts'
import { verifyTenant, type TenantVerification } from '../operating/verify.ts'
import { migrate, type MigrationReport } from '../schema/migrate.ts'
import { listTenants, tenantNamed } from '../tenants/tenants.ts'
import { watched, type Say } from './progress.ts'
import {
  openPlace,
  placeOptions,
  print,
  table,
  withDatabase,
  type Io,
  type PlaceOptions,
} from './context.ts'

/** `spec-kitty-hub migrate` and `retain` */
export function addUpkeep(program: Command, io: Io): void {
  placeOptions(program.command('migrate'))
    .summary('bring the schema up to date')
    .option('--dry-run', 'only say what would be done')
    .option('--json', 'print JSON')
    .action(async (options: PlaceOptions & { dryRun?: boolean; json?: boolean }) => {
      const database = await openPlace(options)
      try {
        const report = await watched(io, options.json, 'waiting for the database', (say) =>
          migrate(database, options.dryRun, say),
        )
        const text = migrationText(report, database.where, options.dryRun === true)
        print(io, options.json, { ...report, dry_run: options.dryRun === true }, text)
      } catch (cause) {
        throw explainDatabase(cause, database.where)
      } finally {
        await database.close()
      }
    })
  placeOptions(program.command('retain'))
    .summary('remove events whose retention time is over; a running hub does it every hour')
    .option('--json', 'print JSON')
    .action(async (options: PlaceOptions & { json?: boolean }) => {
      const report = await watched(io, options.json, 'waiting for the database', (say) =>
        withDatabase(options, (database) => retain(database, say)),
      )
      const { dropped, busy, deleted } = report
      const done = `partitions dropped: ${dropped.join(', ') || 'none'}; events deleted: ${deleted}\n`
      const later = busy.length > 0 ? `in use, dropped the next time: ${busy.join(', ')}\n` : ''
      print(io, options.json, report, done + later)
    })
}

function migrationText({ before, pending }: MigrationReport, where: string, dry: boolean): string {
  const steps = pending.map(
    ({ number, name }) => `${dry ? 'would apply' : 'applied'} ${number} (${name})\n`,
  )
  const rest = steps.length === 0 ? 'nothing to do\n' : steps.join('')
  return `${where}: schema version ${before}\n${rest}`
}

/** `spec-kitty-hub verify`: exit code 1 if something is lost, unknown or damaged. */
export function addVerify(program: Command, io: Io, fail: () => void): void {
  placeOptions(program.command('verify'))
    .summary('compare everything stored with what was noted when it arrived')
    .option('--tenant <name>', 'only this tenant')
    .option('--json', 'print JSON')
    .action(async (options: PlaceOptions & { tenant?: string; json?: boolean }) => {
      const tenants = await watched(io, options.json, 'waiting for the database', (say) =>
        verified(options, say),
      )
      const ok = tenants.every((one) => one.ok)
      if (!ok) fail()
      const verdict = ok ? 'everything is as it was noted' : 'NOT as it was noted'
      print(io, options.json, { ok, tenants }, `${verificationTable(tenants)}${verdict}\n`)
    })
}

function verified(
  options: PlaceOptions & { tenant?: string },
  say: Say,
): Promise<TenantVerification[]> {
  return withDatabase(options, async (database) => {
    const wanted =
      options.tenant === undefined
        ? await listTenants(database)
        : [await tenantNamed(database, options.tenant)]
    const found: TenantVerification[] = []
    for (const [place, tenant] of wanted.entries()) {
      say(`verifying ${tenant.name} (${place + 1} of ${wanted.length})`)
      found.push(await verifyTenant(database, tenant))
    }
    return found
  })
}

function verificationTable(tenants: readonly TenantVerification[]): string {
  const columns = [
    ['TENANT', 'tenant'],
    ['IDS', 'ids'],
    ['EVENTS', 'events'],
    ['LOST', 'lost'],
    ['UNKNOWN', 'unknown'],
    ['DAMAGED', 'damaged'],
    ['CONFLICTS', 'open_conflicts'],
    ['GAPS', 'gaps'],
    ['INCIDENTS', 'incidents'],
  ] as const
  const rows = tenants.map((one) => columns.map(([, name]) => String(one[name])))
  return table([columns.map(([head]) => head), ...rows])
}
