import { specKitty, withRemark } from '../base/remedies.ts'
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startObstacle } from '../context/daemon-start.ts'
import { SyncError } from '../base/errors.ts'
import type { CommandContext } from '../context/command-context.ts'
import { privateFolder, type HomePaths } from '../home/home.ts'
import { readJournal } from '../journal/journal.ts'
import { isOwnerAlive, readOwner, removeOwner, type OwnerRecord } from '../context/owner.ts'
import { openForAction } from '../context/preflight.ts'
import { askDaemon, orderDaemon } from './client.ts'
import { holdsLock, isLocked } from './lock.ts'

/** How the program is started again as a daemon. */
export interface DaemonProgram {
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

export type Started =
  | { readonly kind: 'started'; readonly pid: number; readonly port: number }
  | { readonly kind: 'already-running'; readonly pid: number; readonly port: number }

const START_MS = 20_000
const STOP_MS = 10_000
const SIGNAL_MS = 3_000
const POLL_MS = 50
/** A killed process counts as dead before its last thread has closed its files. */
const SETTLE_MS = 3_000

/**
 * Starts the daemon of this home unless it runs, and waits until it has proven itself.
 * @throws {SyncError} `owner-mismatch`, `daemon-not-started`
 * @throws {SyncError} `no-server`, `split-brain`
 * @throws {SyncError} `journal-unreadable`, `journal-newer`
 */
export async function startDaemon(
  context: CommandContext,
  program: DaemonProgram,
): Promise<Started> {
  requireSomethingToDo(context)
  const running = await runningDaemon(context)
  if (running !== undefined) return running
  const { paths } = context
  // A new daemon overwrites the record of an earlier one; what is no file would be in its way.
  if (readOwner(paths.owner).kind === 'unreadable') removeOwner(paths.owner)
  privateFolder(paths.daemon)
  const log = openSync(paths.daemonLog, 'a', 0o600)
  const child = spawn(program.command, program.args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: program.env,
    cwd: paths.home,
  })
  child.unref()
  return waitForOwner(context, child.pid ?? 0, () => child.exitCode !== null)
}

/**
 * The daemon that runs, or undefined once none has the lock. One that was started a moment ago, by
 * whomever, still has to name itself; one that is ending lets go.
 */
async function runningDaemon(context: CommandContext): Promise<Started | undefined> {
  const { owner: path, daemonLock } = context.paths
  for (const until = performance.now() + SETTLE_MS; ;) {
    const owner = readOwner(path)
    if (owner.kind === 'present' && (await askDaemon(owner.record)).kind === 'proven') {
      openForAction(context)
      return { kind: 'already-running', pid: owner.record.pid, port: owner.record.port }
    }
    if (!isLocked(daemonLock)) return undefined
    if (performance.now() > until)
      throw notStarted(context, 'another daemon, that no record names, holds the lock', RETIRE)
    await sleep(POLL_MS)
  }
}

function requireSomethingToDo(context: CommandContext): void {
  const obstacle = startObstacle(context)
  if (obstacle === undefined) {
    // A daemon that cannot read the journal would be called running, and deliver nothing.
    readJournal({ home: context.paths.home }).close()
    return
  }
  if (obstacle instanceof SyncError) throw obstacle
  const what = `the daemon was not started: ${obstacle.what}`
  throw new SyncError({ code: 'daemon-not-started', ...obstacle, what })
}

async function waitForOwner(
  context: CommandContext,
  pid: number,
  hasEnded: () => boolean,
): Promise<Started> {
  const { paths } = context
  for (const until = performance.now() + START_MS; performance.now() < until;) {
    await sleep(POLL_MS)
    const owner = readOwner(paths.owner)
    if (
      owner.kind === 'present' &&
      owner.record.pid === pid &&
      (await askDaemon(owner.record)).kind === 'proven'
    )
      return { kind: 'started', pid, port: owner.record.port }
    if (!hasEnded()) continue
    // Of several that start at once one is first, and the others have what they asked for.
    const first = await runningDaemon(context)
    if (first !== undefined) return first
    throw notStarted(context, 'the process ended at once')
  }
  throw notStarted(context, `it did not answer within ${START_MS / 1000} s`)
}

const READ_LOG = withRemark(
  specKitty('sync', 'daemon', 'restart'),
  'and read the end of that log if it fails again',
)
const RETIRE = withRemark(specKitty('doctor', 'orphan-daemons', '--retire'), 'then start it again')

function notStarted(context: CommandContext, why: string, remedy = READ_LOG): SyncError {
  return new SyncError({
    code: 'daemon-not-started',
    what: `the daemon was not started: ${why}`,
    where: context.paths.daemonLog,
    remedy,
  })
}

export type Stopped =
  | { readonly kind: 'not-running' }
  | { readonly kind: 'stopped'; readonly pid: number }
  /** A record without a daemon was taken away; no process was touched. */
  | { readonly kind: 'record-removed'; readonly pid: number; readonly reason: string }

/**
 * Ends the daemon of this home. It is asked over its port; a signal goes only to a process that holds
 * this home's lock, and never to a number that merely stands in a file (BOUNDARY/D-4).
 */
export async function stopDaemon(context: CommandContext): Promise<Stopped> {
  const { paths } = context
  const owner = readOwner(paths.owner)
  if (owner.kind === 'absent') return { kind: 'not-running' }
  if (owner.kind === 'unreadable') {
    removeOwner(paths.owner)
    return { kind: 'record-removed', pid: 0, reason: owner.reason }
  }
  const { record } = owner
  if (owner.kind === 'orphan') return removeRecord(context, record, owner.reason)
  const isAnswering = (await askDaemon(record)).kind === 'proven'
  if (!isAnswering && !holdsLock(record.pid, paths.daemonLock))
    return removeRecord(context, record, `process ${record.pid} is not our daemon`)
  const isAsked = isAnswering && (await orderDaemon(record, 'shutdown'))
  if (!isAsked || !(await hasEnded(record, paths, STOP_MS))) await forceEnd(context, record)
  removeOwner(paths.owner)
  return { kind: 'stopped', pid: record.pid }
}

function removeRecord({ paths }: CommandContext, { pid }: OwnerRecord, reason: string): Stopped {
  removeOwner(paths.owner)
  return { kind: 'record-removed', pid, reason }
}

/** For a daemon that hangs: each signal only while the process still holds this home's lock. */
async function forceEnd({ paths }: CommandContext, record: OwnerRecord): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!holdsLock(record.pid, paths.daemonLock)) return
    process.kill(record.pid, signal)
    if (await hasEnded(record, paths, SIGNAL_MS)) return
  }
}

/** Not by the wall clock: one that jumps would end the wait. */
async function hasEnded(
  record: OwnerRecord,
  { owner }: HomePaths,
  waitMs: number,
): Promise<boolean> {
  for (const until = performance.now() + waitMs; performance.now() < until;) {
    if (!isOwnerAlive(record, owner)) return true
    await sleep(POLL_MS)
  }
  return false
}
