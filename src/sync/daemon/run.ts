import { randomBytes } from 'node:crypto'
import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { openForeground, type Foreground, type Surroundings } from '../boundary/foreground.ts'
import { mismatches } from '../boundary/identity.ts'
import { isRefusal } from '../boundary/refusal.ts'
import {
  readOwner,
  removeOwner,
  withoutToken,
  writeOwner,
  type OwnerRecord,
} from '../boundary/owner.ts'
import { Endpoint } from './endpoint.ts'
import { heartbeatPath, writeHeartbeat } from './heartbeat.ts'
import { takeLock } from './lock.ts'
import { deliveryPass, type PassReport } from './pass.ts'
import { hasWork } from './work.ts'

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
  around: () => Surroundings,
  times: DaemonTimes,
): Promise<Retirement> {
  const foreground = openForeground(around())
  const lock = takeLock(foreground.paths.daemonLock, 2_000)
  if (lock === undefined) return 'not-first'
  const daemon = new Daemon(foreground, around, times)
  try {
    return await daemon.live()
  } finally {
    daemon.leave()
    lock.release()
  }
}

class Daemon {
  readonly #foreground: Foreground
  readonly #around: () => Surroundings
  readonly #times: DaemonTimes
  readonly #endpoint: Endpoint
  readonly #token = randomBytes(32).toString('hex')
  readonly #stop = new AbortController()
  #wake = new AbortController()
  #owner: OwnerRecord
  #lastDrainAt: string | null = null
  #lastOutcome: string | null = null
  #failures = 0
  #busyAt: number
  #nextPassAt = 0
  #isDraining = false

  constructor(foreground: Foreground, around: () => Surroundings, times: DaemonTimes) {
    this.#foreground = foreground
    this.#around = around
    this.#times = times
    this.#busyAt = around().now
    this.#owner = this.#record(0)
    this.#endpoint = new Endpoint({
      token: this.#token,
      owner: () => withoutToken(this.#owner),
      state: () => ({
        running: this.#isDraining,
        last_sync: this.#lastDrainAt,
        consecutive_failures: this.#failures,
      }),
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
    rotate(this.#foreground.paths.daemonLog)
    this.#owner = this.#record(await this.#endpoint.listen())
    writeOwner(this.#foreground.paths.owner, this.#owner)
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
    const { paths } = this.#foreground
    if (!this.#isNamed()) return
    removeOwner(paths.owner)
    rmSync(heartbeatPath(paths), { force: true })
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
      ...this.#foreground.identity,
      started_at: new Date(this.#around().now).toISOString(),
    }
  }

  #isNamed(): boolean {
    const owner = readOwner(this.#foreground.paths.owner)
    return (
      'record' in owner && owner.record.pid === process.pid && owner.record.token === this.#token
    )
  }

  #reasonToEnd(): Retirement | undefined {
    if (this.#stop.signal.aborted) return 'asked'
    if (!this.#isNamed()) return 'replaced'
    if (this.#isSomebodyElse()) return 'identity-changed'
    return this.#around().now - this.#busyAt > this.#times.idleMs ? 'idle' : undefined
  }

  /** A new login or server is another boundary; a configuration that cannot be read is no answer. */
  #isSomebodyElse(): boolean {
    try {
      const { identity } = openForeground(this.#around())
      return mismatches(identity, { ...this.#owner, ...this.#foreground.identity }).length > 0
    } catch (cause) {
      if (isRefusal(cause)) return false
      throw cause
    }
  }

  #beat(): void {
    writeHeartbeat(this.#foreground.paths, {
      pid: process.pid,
      at: new Date(this.#around().now).toISOString(),
      last_drain_at: this.#lastDrainAt,
      last_drain_outcome: this.#lastOutcome,
      consecutive_failures: this.#failures,
    })
  }

  async #passIfDue(): Promise<void> {
    if (this.#around().now < this.#nextPassAt) return
    const beating = setInterval(() => this.#beat(), this.#times.tickMs)
    this.#isDraining = true
    try {
      const foreground = openForeground(this.#around())
      if (!hasWork(foreground, this.#around().now)) return
      const report = await deliveryPass(foreground, {
        now: () => this.#around().now,
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

  #note({ delivery, bodies }: PassReport): void {
    const now = this.#around().now
    this.#lastDrainAt = new Date(now).toISOString()
    const sent = (delivery?.posts ?? 0) + (bodies?.stored ?? 0)
    if (sent > 0) this.#busyAt = now
    const stop = delivery?.stop
    if (stop !== undefined && 'what' in stop) {
      this.#failed(stop.what)
      return
    }
    this.#lastOutcome = stop?.kind ?? 'nothing to send'
    this.#failures = 0
    this.#nextPassAt = 0
    if (sent > 0) this.#log(`delivered, ${sent} request(s)`)
  }

  /** After a failure the pauses double: a server that is away is not asked every few seconds. */
  #failed(why: string): void {
    this.#failures += 1
    this.#lastOutcome = why
    const pause = Math.min(this.#times.tickMs * 2 ** Math.min(this.#failures, 20), LONGEST_PAUSE_MS)
    this.#nextPassAt = this.#around().now + pause
    this.#log(`failed: ${why}`)
  }

  /** Ends at once if somebody asked for it since the last one, also in the middle of a pass. */
  async #pause(): Promise<void> {
    if (this.#stop.signal.aborted) return
    await sleep(this.#times.tickMs, undefined, { signal: this.#wake.signal }).catch(() => undefined)
    this.#wake = new AbortController()
  }

  #log(what: string): void {
    const at = new Date(this.#around().now).toISOString()
    const line = JSON.stringify({ at, pid: process.pid, what })
    appendFileSync(this.#foreground.paths.daemonLog, `${line}\n`, { mode: 0o600 })
  }
}

/** One earlier log is kept. */
function rotate(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > LARGEST_LOG_BYTES) renameSync(path, `${path}.1`)
}
