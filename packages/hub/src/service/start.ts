import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { HubError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { packageVersion } from '../base/version.ts'
import type { Database } from '../database/database.ts'
import { Budget } from '../http/budget.ts'
import { listen, portOf } from '../http/server.ts'
import { Metrics } from '../operating/metrics.ts'
import { retain } from '../operating/retention.ts'
import { LiveReader } from '../reading/live.ts'
import { migrate } from '../schema/migrate.ts'
import { RateLimit } from '../tenants/rate-limit.ts'
import { startUpkeep } from './upkeep.ts'

export interface HubOptions {
  readonly database: Database
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly maxEvents: number
  /** Of a batch after decompression. */
  readonly maxBytes: number
  /** Batches that are stored at the same time; as many as there are connections. */
  readonly connections: number
  readonly log: Log
}

export interface RunningHub {
  readonly url: string
  readonly port: number
  /** Refuses new requests, finishes running ones, then closes the database. */
  stop(): Promise<void>
}

const MAX_BODY_BYTES = 256 * 1_048_576

/**
 * Starts a hub: migrates the schema and listens. It keeps no state of its own, so any number of them may
 * serve one database.
 * @throws {HubError} `database-unreachable`, `port-taken` and the codes of {@link migrate}
 */
export async function startHub(options: HubOptions): Promise<RunningHub> {
  const { database, log } = options
  await migrateWhenThere(database, log)
  const [state] = await database.lookUp('SELECT instance_id::text FROM hub.state')
  const stopping = new AbortController()
  const hub = {
    database,
    limits: { maxEvents: options.maxEvents, maxBytes: options.maxBytes },
    log,
    metrics: new Metrics(),
    rateLimit: new RateLimit(),
    live: new LiveReader(database),
    budget: new Budget(MAX_BODY_BYTES, options.connections),
    version: packageVersion(),
    instanceId: state?.['instance_id'] ?? '',
    stopping: stopping.signal,
  }
  const server = await listen(hub, options.host, options.port)
  const port = portOf(server)
  const endUpkeep = startUpkeep(() => keepUp(database, log))
  log.info('hub started', { port, database: database.where })
  return {
    port,
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    stop: async () => {
      endUpkeep()
      stopping.abort()
      await closed(server)
      await database.close()
      log.info('hub stopped')
    },
  }
}

const TRIES = 30

/** A database that is just starting is waited for: hub and server often start together. */
async function migrateWhenThere(database: Database, log: Log): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await migrate(database)
      return
    } catch (cause) {
      const isAway = cause instanceof HubError && cause.code === 'database-unreachable'
      if (!isAway || attempt === TRIES) throw cause
      log.info('waiting for the database', { database: database.where })
      await sleep(1_000)
    }
  }
}

async function keepUp(database: Database, log: Log): Promise<void> {
  try {
    const { dropped, busy, deleted } = await retain(database)
    log.info('retention', { dropped: dropped.join(' '), busy: busy.join(' '), deleted })
  } catch {
    log.error('retention failed; it is tried again in an hour')
  }
}

const LONGEST_FINISH_MS = 20_000

async function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  server.close(() => resolve(undefined))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), LONGEST_FINISH_MS)
  await promise
  clearTimeout(timer)
}
