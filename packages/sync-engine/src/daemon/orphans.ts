import { commandOrRemark } from '../base/remedies.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommandContext } from '../context/command-context.ts'
import type { HomePaths } from '../home/home.ts'
import { processStart } from '../base/process-age.ts'
import { readOwner, removeOwner, withoutToken, type PublicOwner } from '../context/owner.ts'
import { listProcesses } from './process-list.ts'
import { endPythonDaemon, type PythonDaemon, pythonDaemons } from './python-generation.ts'

/** The words that every daemon of a home carries in its command line. */
export function daemonWords(home: string): readonly string[] {
  return ['sync', 'daemon', 'run', '--home', home]
}

/**
 * Daemons of this home that run without being in its record, by process id. They are only listed: each
 * of them sees within seconds that the record does not name it, and retires by itself.
 */
export function liveOrphans(paths: HomePaths, processes = listProcesses()): number[] {
  const owner = readOwner(paths.owner)
  const recorded = owner.kind === 'present' ? owner.record.pid : undefined
  const words = daemonWords(paths.home).join('\0')
  return processes
    .filter(({ line }) => line.includes(words))
    .map(({ pid }) => pid)
    .filter((pid) => pid !== recorded && pid !== process.pid && !isStarting(pid))
}

/** A daemon writes its record a moment after its start. */
const STARTING_MS = 3_000

function isStarting(pid: number): boolean {
  const start = processStart(pid)
  return start === undefined || Date.now() - start < STARTING_MS
}

export interface OrphanReport {
  readonly records: readonly (PublicOwner & { readonly reason: string })[]
  /** Why the record cannot be read, if it cannot. */
  readonly unreadable: string | null
  /** The command that ends that. */
  readonly unreadableRemedy: string | null
  readonly processes: readonly number[]
  /** Daemons of the Python generation, which drain the old queue on their own. */
  readonly pythonDaemons: readonly PythonDaemon[]
}

/** Orphaned owner record and live daemons without a record (BOUNDARY/FR-010). */
export async function listOrphans({ paths }: CommandContext): Promise<OrphanReport> {
  const owner = readOwner(paths.owner)
  return {
    records:
      owner.kind === 'orphan' ? [{ ...withoutToken(owner.record), reason: owner.reason }] : [],
    unreadable: owner.kind === 'unreadable' ? owner.reason : null,
    unreadableRemedy: owner.kind === 'unreadable' ? commandOrRemark(owner.remedy) : null,
    processes: liveOrphans(paths),
    pythonDaemons: await pythonDaemons(paths),
  }
}

const RETIRE_MS = 15_000

/**
 * Removes a record without an owner, asks a daemon of the Python generation to end, and waits for
 * daemons without a record to retire by themselves.
 */
export async function retireOrphans(context: CommandContext): Promise<OrphanReport> {
  const found = await listOrphans(context)
  if (found.records.length > 0 || found.unreadable !== null) removeOwner(context.paths.owner)
  const asked = found.pythonDaemons.filter(({ port }) => port !== null)
  const isAsked = asked.length > 0 && (await endPythonDaemon(context.paths))
  const isWaitedFor = (): boolean =>
    liveOrphans(context.paths).length > 0 ||
    (isAsked && asked.some(({ pid }) => processStart(pid) !== undefined))
  const until = Date.now() + RETIRE_MS
  while (isWaitedFor() && Date.now() < until) await sleep(100)
  return listOrphans(context)
}
