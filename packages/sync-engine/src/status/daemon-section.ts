import type { HomePaths } from '../home/home.ts'
import type { OwnerFile } from '../context/owner.ts'
import { askDaemon, saysDiskFull, type DaemonAnswer } from '../daemon/client.ts'
import { readHeartbeat, type Heartbeat } from '../daemon/heartbeat.ts'

/** A daemon that has not shown itself for this long does not drain. */
const SILENT_MS = 90_000
/** Events that wait longer than this although a daemon runs are not being delivered. */
const UNDELIVERED_MS = 600_000

export interface DaemonSection {
  readonly running: boolean
  /** Whether the process behind the record proved that it knows the token; null if none was asked. */
  readonly health: DaemonAnswer['kind'] | null
  readonly heartbeat_at: string | null
  readonly heartbeat_age_seconds: number | null
  readonly last_drain_at: string | null
  readonly last_drain_outcome: string | null
  readonly consecutive_failures: number
  /** Why a running daemon does not do its work; null if it does, or if none runs. */
  readonly stalled_reason: string | null
  /** The command against it. */
  readonly stalled_remedy: string | null
}

/** What is known of deliveries, whoever made them. */
export interface DeliveryAge {
  readonly undelivered: number
  /** ISO 8601; null if nothing waits. */
  readonly oldestUndeliveredAt: string | null
}

/**
 * What the daemon last said of itself, and whether it answers at this moment.
 * @param now milliseconds since the epoch
 * @param restart the command that ends a daemon which does not answer
 */
export async function daemonSection(
  owner: OwnerFile,
  paths: HomePaths,
  age: DeliveryAge,
  now: number,
  restart: string,
): Promise<DaemonSection> {
  if (owner.kind !== 'present') return NO_DAEMON
  const { record } = owner
  const said = readHeartbeat(paths)
  const own = said?.pid === record.pid ? said : undefined
  const answer = await askDaemon(record)
  const health = answer.kind
  const silentMs = Math.max(0, now - Date.parse(own?.at ?? record.started_at))
  return {
    ...NO_DAEMON,
    ...(own === undefined ? {} : heartbeatFacts(own, silentMs)),
    running: true,
    health,
    ...(saysDiskFull(answer)
      ? DISK_FULL
      : stalledFacts(silenceOf(health, silentMs), waitOf(age, now), restart)),
  }
}

const NO_DAEMON: DaemonSection = {
  running: false,
  health: null,
  heartbeat_at: null,
  heartbeat_age_seconds: null,
  last_drain_at: null,
  last_drain_outcome: null,
  consecutive_failures: 0,
  stalled_reason: null,
  stalled_remedy: null,
}

/** A restart would not help; what is delivered can go, and that works on a full disk. */
const DISK_FULL = { stalled_reason: 'the disk is full', stalled_remedy: 'spec-kitty sync gc' }

function heartbeatFacts(heartbeat: Heartbeat, ageMs: number) {
  return {
    heartbeat_at: heartbeat.at,
    heartbeat_age_seconds: Math.round(ageMs / 1000),
    last_drain_at: heartbeat.last_drain_at,
    last_drain_outcome: heartbeat.last_drain_outcome,
    consecutive_failures: heartbeat.consecutive_failures,
  }
}

/** A silent daemon is replaced; one that lives and does not deliver is delivered for, which says why. */
function stalledFacts(silence: string | null, wait: string | null, restart: string) {
  if (silence !== null) return { stalled_reason: silence, stalled_remedy: restart }
  return { stalled_reason: wait, stalled_remedy: wait === null ? null : 'spec-kitty sync now' }
}

function silenceOf(health: DaemonSection['health'], silentMs: number): string | null {
  if (health === 'stranger') return 'another program answers at its port'
  if (health === 'silent') return 'it does not answer'
  return silentMs > SILENT_MS ? `no heartbeat for ${Math.round(silentMs / 1000)} s` : null
}

function waitOf({ undelivered, oldestUndeliveredAt }: DeliveryAge, now: number): string | null {
  const waitingMs = oldestUndeliveredAt === null ? 0 : now - Date.parse(oldestUndeliveredAt)
  if (undelivered === 0 || waitingMs <= UNDELIVERED_MS) return null
  return `${undelivered} event(s) wait, the oldest for ${Math.round(waitingMs / 60_000)} min`
}
