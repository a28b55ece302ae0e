import { Option, type Command } from 'commander'
import type { Database } from '../database/database.ts'
import {
  listConflicts,
  resolveConflict,
  showConflict,
  type ConflictSummary,
  type ConflictView,
  type Decision,
} from '../ingest/conflicts.ts'
import { tenantNamed } from '../tenants/tenants.ts'
import {
  needed,
  placeOptions,
  print,
  table,
  withDatabase,
  type Io,
  type PlaceOptions,
} from './context.ts'

interface TenantOptions extends PlaceOptions {
  readonly tenant: string
  readonly json?: boolean
}

interface ResolveOptions extends TenantOptions {
  readonly keep: Decision
  readonly digest?: string
}

/** `spec-kitty-hub conflicts list|show|resolve` */
export function addConflicts(program: Command, io: Io): void {
  const group = program.command('conflicts').summary('other contents of known ids')
  forTenant(group.command('list'))
    .summary('those that wait for a decision')
    .option('--all', 'also decided ones')
    .action(async (options: TenantOptions & { all?: boolean }) => {
      const conflicts = await inTenant(options, (database, id) =>
        listConflicts(database, id, options.all),
      )
      print(io, options.json, { conflicts }, conflictTable(conflicts))
    })
  forTenant(group.command('show <event-id>'))
    .summary('all contents of one id')
    .action(async (eventId: string, options: TenantOptions) => {
      const found = await inTenant(options, (database, id) => showConflict(database, id, eventId))
      print(io, options.json, found, conflictText(found))
    })
  addResolve(group, io)
}

function addResolve(group: Command, io: Io): void {
  forTenant(group.command('resolve <event-id>'))
    .summary('decide which content counts; the other one is kept too')
    .addOption(
      needed(
        new Option('--keep <which>', 'the content that counts').choices(['stored', 'incoming']),
      ),
    )
    .option('--digest <hex>', 'which incoming content, where there are several')
    .action(async (eventId: string, options: ResolveOptions) => {
      const { keep, digest, json } = options
      const found = await inTenant(options, (database, id) =>
        resolveConflict(database, id, eventId, keep, digest),
      )
      print(io, json, found, `the ${keep} content of ${eventId} counts; the other one is kept\n`)
    })
}

function forTenant(command: Command): Command {
  return placeOptions(command)
    .addOption(needed(new Option('--tenant <name>', 'whose events')))
    .option('--json', 'print JSON')
}

function inTenant<T>(
  options: TenantOptions,
  body: (database: Database, tenantId: string) => Promise<T>,
): Promise<T> {
  return withDatabase(options, async (database) =>
    body(database, (await tenantNamed(database, options.tenant)).id),
  )
}

function conflictTable(conflicts: readonly ConflictSummary[]): string {
  const rows = conflicts.map((one) => [
    one.event_id,
    one.digest.slice(0, 12),
    String(one.times),
    one.last_seen_at,
    one.decision ?? 'open',
  ])
  return table([['EVENT', 'OTHER CONTENT', 'TIMES', 'LAST SEEN', 'DECISION'], ...rows])
}

function conflictText({ stored, incoming }: ConflictView): string {
  const part = (head: string, digest: string, body: string | null): string =>
    `${head} ${digest.slice(0, 12)}\n${body ?? '(its retention time is over)'}\n`
  const others = incoming.map((one) =>
    part(`incoming (${one.decision ?? 'open'})`, one.digest, one.text),
  )
  return [part('stored', stored.digest, stored.text), ...others].join('\n')
}
