import { specKitty, withRemark } from '../base/remedies.ts'
import { SyncError } from '../base/errors.ts'
import type { CommandContext } from '../context/command-context.ts'
import { refuseLaterVersion } from '../journal/database.ts'
import { journalPath } from '../journal/journal.ts'
import { repairJournal, type RepairReport } from '../retention/repair.ts'
import { stopDaemon } from './control.ts'
import { takeLock, type DaemonLock } from './lock.ts'

/**
 * Repairs the journal of a home whose daemon may run. It ends first, because it would go on writing to the
 * damaged file, and none can begin until the new journal is in its place.
 * @param now milliseconds since the epoch
 * @throws {SyncError} `journal-newer`, `journal-busy`, `daemon-running`; nothing is changed then
 */
export async function repairHome(
  context: CommandContext,
  now: () => number,
): Promise<RepairReport> {
  const { home, daemonLock } = context.paths
  refuseLaterVersion(journalPath(home))
  await stopDaemon(context)
  const lock = lockOf(daemonLock)
  try {
    return repairJournal(home, now)
  } finally {
    lock.release()
  }
}

/** A daemon that was killed a moment ago still holds it for a while. */
const SETTLE_MS = 3_000

function lockOf(path: string): DaemonLock {
  const lock = takeLock(path, SETTLE_MS)
  if (lock !== undefined) return lock
  throw new SyncError({
    code: 'daemon-running',
    what: 'a daemon that no record names uses the journal; nothing was changed',
    where: path,
    remedy: withRemark(specKitty('doctor', 'orphan-daemons', '--retire'), 'then repair it again'),
  })
}
