import { Option, type Command } from 'commander'
import { HubError } from '../base/errors.ts'
import {
  createTenant,
  listTenants,
  revokeTenant,
  setRetention,
  tenantNamed,
  type Tenant,
} from '../tenants/tenants.ts'
import {
  createToken,
  listTokens,
  revokeToken,
  rotateToken,
  SCOPES,
  type Scope,
  type Token,
} from '../tenants/tokens.ts'
import {
  needed,
  placeOptions,
  print,
  table,
  whole,
  withDatabase,
  type Io,
  type PlaceOptions,
} from './context.ts'

interface Printing {
  readonly json?: boolean
}

const JSON_FLAG = ['--json', 'print JSON'] as const

/** `spec-kitty-hub tenant create|list|retain|revoke` */
export function addTenants(program: Command, io: Io): void {
  const group = program.command('tenant').summary('who may deliver and read')
  placeOptions(group.command('create <name>'))
    .summary('make a tenant')
    .option(...JSON_FLAG)
    .action(async (name: string, options: PlaceOptions & Printing) => {
      const tenant = await withDatabase(options, (database) => createTenant(database, name))
      const next = `next: spec-kitty-hub token create --tenant ${name}`
      print(io, options.json, tenant, `tenant ${tenant.name} was made; ${next}\n`)
    })
  placeOptions(group.command('list'))
    .summary('all tenants')
    .option(...JSON_FLAG)
    .action(async (options: PlaceOptions & Printing) => {
      const tenants = await withDatabase(options, listTenants)
      print(io, options.json, { tenants }, tenantTable(tenants))
    })
  addTenantChanges(group, io)
}

function tenantTable(tenants: readonly Tenant[]): string {
  const rows = tenants.map(({ name, retentionDays, createdAt, revokedAt }) => [
    name,
    retentionDays === null ? 'for ever' : `${retentionDays} days`,
    createdAt,
    revokedAt ?? '',
  ])
  return table([['TENANT', 'KEEPS EVENTS', 'CREATED', 'REVOKED'], ...rows])
}

function addTenantChanges(group: Command, io: Io): void {
  placeOptions(group.command('retain <name> <days>'))
    .summary('how long the events of a tenant are kept: a number of days, or "forever"')
    .option(...JSON_FLAG)
    .action(async (name: string, days: string, options: PlaceOptions & Printing) => {
      const wanted = days === 'forever' ? null : whole('<days>', 1, 100_000)(days)
      await withDatabase(options, (database) => setRetention(database, name, wanted))
      const time = wanted === null ? 'for ever' : `${wanted} days`
      const document = { name, retentionDays: wanted }
      print(io, options.json, document, `events of ${name} are kept ${time}\n`)
    })
  placeOptions(group.command('revoke <name>'))
    .summary('refuse every token of a tenant; its events are kept')
    .option(...JSON_FLAG)
    .action(async (name: string, options: PlaceOptions & Printing) => {
      await withDatabase(options, (database) => revokeTenant(database, name))
      const text = `tenant ${name} is revoked; its events are kept\n`
      print(io, options.json, { name, revoked: true }, text)
    })
}

interface CreateTokenOptions extends PlaceOptions, Printing {
  readonly tenant: string
  readonly scopes: readonly Scope[]
  readonly label: string
  readonly rate: number
  readonly expiresDays?: number
}

/** `spec-kitty-hub token create|list|rotate|revoke` */
export function addTokens(program: Command, io: Io): void {
  const group = program.command('token').summary('secrets that requests carry')
  placeOptions(group.command('create'))
    .summary('make a token; its secret is shown once')
    .addOption(needed(new Option('--tenant <name>', 'the tenant it belongs to')))
    .addOption(
      new Option('--scopes <list>', `some of ${SCOPES.join(',')}`)
        .default(['ingest'], 'ingest')
        .argParser(scopesIn),
    )
    .addOption(new Option('--scope <list>', 'the same').argParser(scopesIn).hideHelp())
    .option('--label <text>', 'what it is for', 'unnamed')
    .addOption(
      new Option('--rate <number>', 'requests a second, on each hub')
        .default(1_000)
        .argParser(whole('--rate', 1, 1_000_000)),
    )
    .addOption(
      new Option('--expires-days <number>', 'days until it ends').argParser(
        whole('--expires-days', 1, 36_500),
      ),
    )
    .option(...JSON_FLAG)
    .action(async (options: CreateTokenOptions & { scope?: readonly Scope[] }) => {
      const made = await withDatabase(options, async (database) =>
        createToken(database, await tenantNamed(database, options.tenant), {
          label: options.label,
          scopes: options.scope ?? options.scopes,
          requestsPerSecond: options.rate,
          expiresInDays: options.expiresDays,
        }),
      )
      printSecret(io, made, options)
    })
  addTokenLists(group, io)
  addTokenEnds(group, io)
}

function addTokenLists(group: Command, io: Io): void {
  placeOptions(group.command('list'))
    .summary('all tokens, without their secrets')
    .option('--tenant <name>', 'only of this tenant')
    .option(...JSON_FLAG)
    .action(async (options: PlaceOptions & Printing & { tenant?: string }) => {
      const tokens = await withDatabase(options, (database) => listTokens(database, options.tenant))
      print(io, options.json, { tokens }, tokenTable(tokens))
    })
}

function tokenTable(tokens: readonly Token[]): string {
  const rows = tokens.map(({ id, tenant, label, scopes, expiresAt, revokedAt }) => [
    id,
    tenant,
    label,
    scopes.join(','),
    expiresAt ?? '',
    revokedAt ?? '',
  ])
  return table([['ID', 'TENANT', 'LABEL', 'SCOPES', 'EXPIRES', 'REVOKED'], ...rows])
}

function addTokenEnds(group: Command, io: Io): void {
  placeOptions(group.command('rotate <id>'))
    .summary('make a successor; the old token works until the grace time is over')
    .addOption(
      new Option('--grace-hours <number>', 'how long the old one still works')
        .default(24)
        .argParser(whole('--grace-hours', 0, 8_760)),
    )
    .option(...JSON_FLAG)
    .action(async (id: string, options: PlaceOptions & Printing & { graceHours: number }) => {
      const made = await withDatabase(options, (database) =>
        rotateToken(database, id, options.graceHours),
      )
      printSecret(io, made, options)
    })
  placeOptions(group.command('revoke <id>'))
    .summary('refuse a token from now on')
    .option(...JSON_FLAG)
    .action(async (id: string, options: PlaceOptions & Printing) => {
      await withDatabase(options, (database) => revokeToken(database, id))
      print(io, options.json, { id, revoked: true }, 'the token is revoked\n')
    })
}

function printSecret(
  io: Io,
  { token, secret }: { readonly token: Token; readonly secret: string },
  { json }: Printing,
): void {
  const head = `token ${token.id} for ${token.tenant} (${token.scopes.join(', ')}); shown once:`
  print(io, json, { ...token, secret }, `${head}\n${secret}\n`)
}

function scopesIn(text: string): Scope[] {
  const names = text.split(',').map((name) => name.trim())
  const scopes = SCOPES.filter((scope) => names.includes(scope))
  if (scopes.length === new Set(names).size) return scopes
  throw new HubError({
    code: 'command-line',
    what: `"${text.slice(0, 60)}" is not a list of scopes`,
    where: '--scopes',
    next: `use some of ${SCOPES.join(',')}, separated by commas`,
  })
}
