import { vi } from 'vitest'
import type { CliWorld } from '../../fixtures/cli/world.ts'
import { homePaths } from '../../packages/sync-engine/src/home/home.ts'
import { readOwner, type OwnerRecord } from '../../packages/sync-engine/src/context/owner.ts'

/** The record of the daemon that owns this world's home. */
export function ownerOf(world: CliWorld): OwnerRecord {
  const owner = readOwner(homePaths(world.home).owner)
  if (owner.kind !== 'present') throw new Error(`the owner record is ${owner.kind}`)
  return owner.record
}

export async function eventually(check: () => void | Promise<void>): Promise<void> {
  await vi.waitFor(check, { timeout: 120_000, interval: 50 })
}

/** Ends a process that this test started, whatever happened to it. */
export function endForSure(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
