import { randomBytes } from 'node:crypto'
import { appendFileSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  openCommandContext,
  type CommandContext,
  type ProcessEnvironment,
} from '../context/command-context.ts'
import { mismatches } from '../context/identity.ts'
import {
  readOwner,
  removeOwner,
  withoutToken,
  writeOwner,
  type OwnerRecord,
} from '../context/owner.ts'
import { Disk } from './disk.ts'
import { Endpoint, type Metrics } from './endpoint.ts'
import { heartbeatPath, writeHeartbeat } from './heartbeat.ts'
import { takeLock } from './lock.ts'
import { daemonMetrics, otlpJson, prometheusText } from './metrics.ts'
import { daemonOutcome, deliveryPass, type PassReport } from './pass.ts'
import { hasWork } from './work.ts'
import { removeFile } from '../base/remove-file.ts'

/** Times of a daemon in milliseconds; tests make them short. */
export interface DaemonTimes {
  /** Between two looks at the journal, and between two heartbeats. */
  readonly tickMs: number
  /** Without anything to deliver for this long it retires. */
  readonly idleMs: number
}

export const DAEMON_TIMES: DaemonTimes = { tickMs: 5_000, idleMs: 900_000 }

/** Why a daemon ended; all of them are proper ends. */
export type Retirement = 'asked' | 'idle' | 'replaced' | 'identity-changed' | 'not-first'

/** The longest pause after failed passes. */
const LONGEST_PAUSE_MS = 300_000
const LARGEST_LOG_BYTES = 1024 * 1024

/**
 * The whole life of a daemon: take the lock of this home, listen, say who you are, then deliver and
 * show a heartbeat until asked to end, idle, replaced, or no longer who you were. The lock, the port
 * and the record are gone afterwards.
 */
export async function runDaemon(
  environment: () => ProcessEnvironment,
  times: DaemonTimes,
): Promise<Retirement> {
  const context = openCommandContext(environment())
  const lock = takeLock(context.paths.daemonLock, 2_000)
  if (lock === undefined) return 'not-first'
  const daemon = new Daemon(context, environment, times)
  try {
    return await daemon.live()
  } finally {
    daemon.leave()
    lock.release()
  }
}

class Daemon {
  readonly #context: CommandContext
  readonly #environment: () => ProcessEnvironment
  readonly #times: DaemonTimes
  readonly #endpoint: Endpoint
  readonly #token = randomBytes(32).toString('hex')
  readonly #stop = new AbortController()
  #wake = new AbortController()
  #owner: OwnerRecord
  #lastDrainAt: string | null = null
  #lastOutcome: string | null = null
  #failures = 0
  #posts = 0
  #busyAt: number
  #nextPassAt = 0
  #isDraining = false
  readonly #disk: Disk

  constructor(context: CommandContext, environment: () => ProcessEnvironment, times: DaemonTimes) {
    this.#context = context
    this.#environment = environment
    this.#times = times
    this.#busyAt = performance.now()
    this.#disk = new Disk(dirname(context.paths.daemonLog), {
      unwritable: (why) => (this.#lastOutcome = why),
      free: () => this.#log('the disk was full and has space again'),
    })
    this.#owner = this.#record(0)
    this.#endpoint = new Endpoint({
      token: this.#token,
      owner: () => withoutToken(this.#owner),
      state: () => ({
        running: this.#isDraining,
        last_sync: this.#lastDrainAt,
        consecutive_failures: this.#failures,
        disk_full: this.#disk.isFull,
      }),
      metrics: () => this.#metrics(),
      onTrigger: () => {
        this.#nextPassAt = 0
        this.#wake.abort()
      },
      onShutdown: () => this.#end(),
    })
  }

  async live(): Promise<Retirement> {
    process.once('SIGTERM', () => this.#end())
    process.once('SIGINT', () => this.#end())
    this.#disk.surviving(() => rotate(this.#context.paths.daemonLog))
    this.#owner = this.#record(await this.#endpoint.listen())
    writeOwner(this.#context.paths.owner, this.#owner)
    this.#log('started')
    for (;;) {
      const end = this.#reasonToEnd()
      if (end !== undefined) {
        this.#log(`retired: ${end}`)
        return end
      }
      this.#beat()
      await this.#passIfDue()
      await this.#pause()
    }
  }

  /** Takes away what names this process, and only that: a successor's record stays. */
  leave(): void {
    this.#endpoint.close()
    const { paths } = this.#context
    if (!this.#isNamed()) return
    removeOwner(paths.owner)
    removeFile(heartbeatPath(paths))
  }

  #metrics(): Metrics {
    const environment = this.#environment()
    const { now: nowMs, version } = environment
    const startedAtMs = Date.parse(this.#owner.started_at)
    const metrics = daemonMetrics(
      openCommandContext(environment),
      {
        startedAtMs,
        isDraining: this.#isDraining,
        consecutiveFailures: this.#failures,
        posts: this.#posts,
        lastPassAtMs: this.#lastDrainAt === null ? undefined : Date.parse(this.#lastDrainAt),
      },
      nowMs,
    )
    return {
      text: prometheusText(metrics),
      otlp: otlpJson(metrics, { version, startedAtMs, nowMs }),
    }
  }

  #end(): void {
    this.#stop.abort()
    this.#wake.abort()
  }

  #record(port: number): OwnerRecord {
    return {
      pid: process.pid,
      port,
      token: this.#token,
      ...this.#context.identity,
      started_at: new Date(this.#environment().now).toISOString(),
    }
  }

  #isNamed(): boolean {
    const owner = readOwner(this.#context.paths.owner)
    return (
      'record' in owner && owner.record.pid === process.pid && owner.record.token === this.#token
    )
  }

  #reasonToEnd(): Retirement | undefined {
    if (this.#stop.signal.aborted) return 'asked'
    if (!this.#isNamed()) return 'replaced'
    if (this.#isSomebodyElse()) return 'identity-changed'
    // Not the wall clock: one that jumps a year ahead would end a daemon that is at work.
    return performance.now() - this.#busyAt > this.#times.idleMs ? 'idle' : undefined
  }

  /** A new login or server is another boundary; a configuration that cannot be read is no answer. */
  #isSomebodyElse(): boolean {
    try {
      const { identity } = openCommandContext(this.#environment())
      return mismatches(identity, { ...this.#owner, ...this.#context.identity }).length > 0
    } catch {
      return false
    }
  }

  #beat(): void {
    this.#disk.surviving(() => {
      writeHeartbeat(this.#context.paths, {
        pid: process.pid,
        at: new Date(this.#environment().now).toISOString(),
        last_drain_at: this.#lastDrainAt,
        last_drain_outcome: this.#lastOutcome,
        consecutive_failures: this.#failures,
      })
    })
  }

  async #passIfDue(): Promise<void> {
    if (performance.now() < this.#nextPassAt) return
    const beating = setInterval(() => this.#beat(), this.#times.tickMs)
    this.#isDraining = true
    try {
      const context = openCommandContext(this.#environment())
      if (!hasWork(context, this.#environment().now)) return
      const report = await deliveryPass(context, {
        now: () => this.#environment().now,
        retries: 'due',
        whenHeld: 'leave',
        signal: this.#stop.signal,
      })
      this.#note(report)
    } catch (cause) {
      this.#failed(cause instanceof Error ? cause.message : String(cause))
    } finally {
      this.#isDraining = false
      clearInterval(beating)
    }
  }

  #note(report: PassReport): void {
    const { delivery, bodies } = report
    const now = this.#environment().now
    this.#lastDrainAt = new Date(now).toISOString()
    const sent = (delivery?.posts ?? 0) + (bodies?.stored ?? 0)
    this.#posts += sent
    if (sent > 0) this.#busyAt = performance.now()
    const { outcome, isFailure } = daemonOutcome(report)
    if (isFailure) {
      this.#failed(outcome)
      return
    }
    this.#lastOutcome = outcome
    this.#failures = 0
    this.#nextPassAt = 0
    if (sent > 0) this.#log(`delivered, ${sent} request(s)`)
  }

  /** After a failure the pauses double: a server that is away is not asked every few seconds. */
  #failed(why: string): void {
    this.#failures += 1
    this.#lastOutcome = why
    const pause = Math.min(this.#times.tickMs * 2 ** Math.min(this.#failures, 20), LONGEST_PAUSE_MS)
    this.#nextPassAt = performance.now() + pause
    this.#log(`failed: ${why}`)
  }

  /** Ends at once if somebody asked for it since the last one, also in the middle of a pass. */
  async #pause(): Promise<void> {
    if (this.#stop.signal.aborted) return
    await sleep(this.#times.tickMs, undefined, { signal: this.#wake.signal }).catch(() => undefined)
    this.#wake = new AbortController()
  }

  #log(what: string): void {
    const at = new Date(this.#environment().now).toISOString()
    const line = JSON.stringify({ at, pid: process.pid, what })
    this.#disk.surviving(() => {
      appendFileSync(this.#context.paths.daemonLog, `${line}\n`, { mode: 0o600 })
    })
  }
}

/** One earlier log is kept. */
function rotate(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > LARGEST_LOG_BYTES) renameSync(path, `${path}.1`)
}
