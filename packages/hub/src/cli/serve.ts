import { Option, type Command } from 'commander'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { jsonLog } from '../base/log.ts'
import { explainDatabase } from '../database/open.ts'
import type { Database } from '../database/database.ts'
import { startHub } from '../service/start.ts'
import { createTenant, listTenants } from '../tenants/tenants.ts'
import { createToken } from '../tenants/tokens.ts'
import { openPlace, placeOptions, whole, type Io, type PlaceOptions } from './context.ts'

interface ServeOptions extends PlaceOptions {
  readonly host: string
  readonly port: number
  readonly maxEvents: number
  readonly maxBytes: number
  readonly quiet?: boolean
}

/** `spec-kitty-hub serve` */
export function addServe(program: Command, io: Io): void {
  const number = (flags: string, text: string, preset: number, bounds: [number, number]): Option =>
    new Option(flags, text).default(preset).argParser(whole(flags, ...bounds))
  placeOptions(program.command('serve'))
    .summary('receive batches and serve readers; what is done without a command')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(number('--port <number>', 'port, 0 for any free one', 8970, [0, 65_535]))
    .addOption(number('--max-events <number>', 'most events in a batch', 1_000, [1, 100_000]))
    .addOption(
      number(
        '--max-bytes <number>',
        'largest batch after decompression',
        4_194_304,
        [1_000, 67_108_864],
      ),
    )
    .option('--quiet', 'no log on standard error')
    .action(async (options: ServeOptions) => serve(options, io))
}

async function serve(options: ServeOptions, io: Io): Promise<void> {
  if (options.database === undefined && !existsSync(options.data))
    io.out(`making a database in ${options.data}; that takes some seconds\n\n`)
  const database = await openPlace(options)
  try {
    await run(database, options, io)
  } catch (cause) {
    await database.close().catch(() => undefined)
    throw explainDatabase(cause, database.where)
  }
}

async function run(database: Database, options: ServeOptions, io: Io): Promise<void> {
  const log = jsonLog((line) => {
    if (options.quiet !== true) io.err(line)
  })
  const hub = await startHub({ ...options, database, log })
  if (database.kind === 'embedded') await introduce(database, hub.url, io)
  io.out(`spec-kitty-hub listens at ${hub.url}; its data is in ${database.where}\n`)
  await stopSignal()
  await hub.stop()
}

async function stopSignal(): Promise<void> {
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
}

/** A first try needs a tenant and a token; the secret is printed once and kept nowhere. */
async function introduce(database: Database, address: string, io: Io): Promise<void> {
  if ((await listTenants(database)).length > 0) return
  const tenant = await createTenant(database, 'default')
  const { secret } = await createToken(database, tenant, {
    label: 'first try',
    scopes: ['ingest', 'read', 'admin'],
    requestsPerSecond: 1_000,
  })
  io.out(`A tenant "default" was made, with this token (shown once):

  ${secret}

To deliver from a home, run
  spec-kitty sync mode EXTERNAL_RECEIVER --endpoint ${address}/api/v1/events/batch/
and add these lines to its config.toml:
  [event_sync.external_headers]
  authorization = "Bearer ${secret}"

The page for people is ${address}/

`)
}
