import { specKitty, withRemark } from '../base/remedies.ts'
import { SyncError } from '../base/errors.ts'
import type { CommandContext } from '../context/command-context.ts'
import { refuseLaterVersion } from '../journal/database.ts'
import { journalPath } from '../journal/journal.ts'
import { repairJournal, type RepairReport } from '../retention/repair.ts'
import { startDaemon, stopDaemon, type DaemonProgram } from './control.ts'
import { takeLock, type DaemonLock } from './lock.ts'

export interface HomeRepairReport extends RepairReport {
  /** What became of the daemon that ran before; null if none did. */
  readonly daemon: 'restarted' | 'ended' | null
}

export interface HomeRepairOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** How the daemon is started again. */
  readonly program: DaemonProgram
  /** Told how many events more were salvaged. */
  readonly onProgress?: (events: number) => void
}

/**
 * Repairs the journal of a home whose daemon may run. It ends first, because it would go on writing to the
 * damaged file, and none can begin until the new journal is in its place. Then it begins again, also where the
 * repair was refused.
 * @throws {SyncError} `journal-newer`, `journal-busy`, `daemon-running`; nothing is changed then
 */
export async function repairHome(
  context: CommandContext,
  { program, ...how }: HomeRepairOptions,
): Promise<HomeRepairReport> {
  refuseLaterVersion(journalPath(context.paths.home))
  const { kind } = await stopDaemon(context)
  let daemon: HomeRepairReport['daemon'] = null
  let report
  try {
    report = withoutDaemon(context, how)
  } finally {
    if (kind === 'stopped') daemon = (await isStarted(context, program)) ? 'restarted' : 'ended'
  }
  return { ...report, daemon }
}

function withoutDaemon(
  { paths }: CommandContext,
  { now, onProgress }: Omit<HomeRepairOptions, 'program'>,
): RepairReport {
  const lock = lockOf(paths.daemonLock)
  try {
    return repairJournal(paths.home, now, onProgress)
  } finally {
    lock.release()
  }
}

/** One that cannot begin, after a logout say, is no reason to call the repair failed. */
async function isStarted(context: CommandContext, program: DaemonProgram): Promise<boolean> {
  try {
    await startDaemon(context, program)
    return true
  } catch (cause) {
    if (cause instanceof SyncError) return false
    throw cause
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
