import { daemonRemedy } from './daemon-start.ts'
import { SyncError } from '../base/errors.ts'
import type { CommandContext } from './command-context.ts'
import { mismatches, type Mismatch } from './identity.ts'
import { readOwner } from './owner.ts'

/**
 * Refuses a sync action while the living daemon is somebody else: another version, program, server,
 * scope or queue. The message names each field that differs (BOUNDARY/FR-007, D-3). Reads only.
 * @throws {SyncError} `owner-mismatch`
 */
export function openForAction(context: CommandContext): void {
  const owner = readOwner(context.paths.owner)
  if (owner.kind !== 'present') return
  const found = mismatches(context.identity, owner.record)
  if (found.length === 0) return
  throw new SyncError({
    code: 'owner-mismatch',
    what: `the daemon (pid ${owner.record.pid}) differs from this command in ${named(found)}`,
    where: context.paths.owner,
    remedy: daemonRemedy(context),
  })
}

/** `field (here … / daemon …)` for every mismatch. */
export function named(found: readonly Mismatch[]): string {
  return found
    .map(
      ({ field, foreground_value, daemon_value }) =>
        `${field} (here ${foreground_value ?? 'none'}, daemon ${daemon_value ?? 'none'})`,
    )
    .join('; ')
}
