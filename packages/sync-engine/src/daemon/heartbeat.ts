import { join } from 'node:path'
import { readIfPresent, writeAtomically } from '../home/files.ts'
import type { HomePaths } from '../home/home.ts'
import { asNumber, asString, parseObject } from '../base/json.ts'

/** What a daemon says of itself every few seconds, in a file of its own beside the owner record. */
export interface Heartbeat {
  readonly pid: number
  /** ISO 8601, UTC. */
  readonly at: string
  readonly last_drain_at: string | null
  readonly last_drain_outcome: string | null
  readonly consecutive_failures: number
}

export function heartbeatPath(paths: HomePaths): string {
  return join(paths.daemon, 'heartbeat.json')
}

export function writeHeartbeat(paths: HomePaths, heartbeat: Heartbeat): void {
  writeAtomically(heartbeatPath(paths), `${JSON.stringify(heartbeat)}\n`)
}

/** The last heartbeat; undefined if there is none, or none that can be read. */
export function readHeartbeat(paths: HomePaths): Heartbeat | undefined {
  const said = parseObject(readIfPresent(heartbeatPath(paths)) ?? '')
  const pid = asNumber(said?.['pid'])
  const at = asString(said?.['at'])
  if (said === undefined || pid === undefined || at === undefined) return undefined
  return {
    pid,
    at,
    last_drain_at: asString(said['last_drain_at']) ?? null,
    last_drain_outcome: asString(said['last_drain_outcome']) ?? null,
    consecutive_failures: asNumber(said['consecutive_failures']) ?? 0,
  }
}
