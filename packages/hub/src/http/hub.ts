import type { Log } from '../base/log.ts'
import type { Database } from '../database/database.ts'
import type { BatchLimits } from '../ingest/batch.ts'
import type { Metrics } from '../operating/metrics.ts'
import type { LiveReader } from '../reading/live.ts'
import type { RateLimit } from '../tenants/rate-limit.ts'
import type { Budget } from './budget.ts'

/** What every request works with. Nothing of it outlives the process: all state is in the database. */
export interface Hub {
  readonly database: Database
  readonly limits: BatchLimits
  readonly log: Log
  readonly metrics: Metrics
  readonly rateLimit: RateLimit
  readonly live: LiveReader
  readonly budget: Budget
  readonly version: string
  readonly instanceId: string
  /** Aborted when the hub stops: live streams end, new requests are refused. */
  readonly stopping: AbortSignal
}
