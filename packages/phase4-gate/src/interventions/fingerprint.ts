import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { join } from 'node:path'
import { isAbsent } from '@canary-gate/documents'
import { sha256Of, sha256OfFile } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'
import { openService } from '../service/reader.ts'
import { daemonOf } from './daemon.ts'
import { DatabaseBusy, digestDatabase, markOf, type TableDigests, versionOf } from './databases.ts'
import type { Fingerprint } from '../run/fingerprint.ts'
import { serviceCounters } from './service-counters.ts'
import { listWatched, traceOf } from './watched-files.ts'

/** Takes fingerprints of one world; remembers databases, so that an unchanged one is not re-read. */
export interface Fingerprinter {
  /** The time stamp is that of the end: whatever the fingerprint shows had happened by then. */
  take(): Promise<Fingerprint>
  /**
   * As {@link take}, for a look that nothing follows: a service that does not answer is asked again,
   * and what cannot be learned in the end is in `unwatched`.
   */
  takeComplete(): Promise<Fingerprint>
}

/**
 * What is watched: databases, owner records and other lasting files below `<canary home>/.spec-kitty`,
 * the `.kittify/` trees of the projects, the process behind each owner record, and the service.
 */
export function openFingerprinter(run: GateRun): Fingerprinter {
  const { home, projects } = run.world.canary
  const roots = [join(home, '.spec-kitty'), ...projects.map((project) => join(project, '.kittify'))]
  const reader = openService(run.world.service)
  const known: Known = new Map()
  const scratch = scratchOf(run)
  const take = async (): Promise<Fingerprint> => {
    const listed = await Promise.all(roots.map(listWatched))
    const files = new Map(listed.flatMap((one) => [...one.files]))
    const databases = [...files].filter(([path, real]) => isDatabase(path) || isDatabase(real))
    const lasting = [...files].filter(
      ([path, real]) => isLasting(belowRoot(path, roots)) && !isDatabase(real),
    )
    const unwatched = listed.flatMap((one) => one.unwatched)
    // Before the contents: what is written while they are read shows in the next look at the latest.
    const traces = await tracesOf(databases, lasting)
    const state = {
      databases: await digestAll(databases, known, scratch),
      ...(await digestFiles(lasting, unwatched)),
      service: await serviceCounters(reader),
    }
    unwatched.push(...unreadable(state.databases))
    return { takenAt: new Date().toISOString(), ...state, traces, unwatched }
  }
  return {
    take,
    async takeComplete() {
      const pauseMs = Math.min(run.world.service.retryAfterMs, 5_000)
      let sample = await take()
      for (let attempt = 1; sample.service === null && attempt < attempts; attempt += 1) {
        await pause(pauseMs)
        sample = await take()
      }
      if (sample.service !== null) return sample
      const why = `${run.world.service.url} did not tell its counters in ${attempts} attempts`
      return { ...sample, unwatched: [...(sample.unwatched ?? []), why] }
    },
  }
}

const attempts = 5

/** Copies of databases are in the gate's own folder while they are looked at. */
export function scratchOf(run: GateRun): string {
  return join(run.folder, 'looking')
}

/** What a database held when it was last read, and which version of its files that was. */
type Known = Map<string, { readonly version: string; readonly tables: TableDigests }>

/** Logs, locks and sign-in sessions change by themselves and say nothing about an intervention. */
const transient = /(?:-wal|-shm|-journal|\.log|\.lock|\.tmp|\.new)$|\/(?:auth|cache|logs)\//

/** Only folders of what is watched say what a file is for: a home may well be below a folder `cache`. */
function belowRoot(path: string, roots: readonly string[]): string {
  const root = roots.find((one) => path.startsWith(`${one}/`)) ?? ''
  return path.slice(root.length)
}

function isDatabase(file: string): boolean {
  return /\.(?:db|sqlite3?)$/.test(file)
}

function isOwnerRecord(file: string): boolean {
  return file.endsWith('owner.json')
}

function isLasting(file: string): boolean {
  return isOwnerRecord(file) || (!isDatabase(file) && !transient.test(file))
}

async function digestAll(
  files: readonly (readonly [path: string, real: string])[],
  known: Known,
  scratch: string,
): Promise<Fingerprint['databases']> {
  const digests: Fingerprint['databases'] = {}
  for (const [path, real] of files) {
    const version = await versionOf(real)
    const earlier = known.get(real)
    if (earlier?.version !== version) {
      const tables = await digestOrName(real, scratch, earlier?.tables)
      if (tables === null) continue
      known.set(real, { version, tables })
    }
    digests[path] = known.get(real)?.tables ?? {}
  }
  return digests
}

/**
 * A busy database counts as it was when it was last read; a file that is not a database any more is a
 * finding for the comparison, not an error here. Null for one that was deleted since it was listed.
 */
async function digestOrName(
  file: string,
  scratch: string,
  earlier: TableDigests = {},
): Promise<TableDigests | null> {
  try {
    return await digestDatabase(file, scratch)
  } catch (error) {
    if (error instanceof DatabaseBusy) return earlier
    return isAbsent(error) ? null : { unreadable: { file: String(error) } }
  }
}

/**
 * Digests of files, and the daemons that owner records among them name. A record is read once for both: one
 * that is deleted in between would be a file without its daemon, and its deletion be found twice.
 *
 * @param unwatched is told of files that are there and cannot be read
 */
async function digestFiles(
  files: readonly (readonly [path: string, real: string])[],
  unwatched: string[],
): Promise<Pick<Fingerprint, 'files' | 'daemons'>> {
  const digests: Record<string, string> = {}
  const daemons: Fingerprint['daemons'] = {}
  for (const [path, real] of files) {
    try {
      if (!isOwnerRecord(path)) digests[path] = await sha256OfFile(real)
      else {
        const bytes = await readFile(real)
        digests[path] = sha256Of(bytes)
        const daemon = await daemonOf(bytes)
        if (daemon !== null) daemons[path] = daemon
      }
    } catch (error) {
      if (!isAbsent(error)) unwatched.push(`${path} cannot be read: ${String(error)}`)
    }
  }
  return { files: digests, daemons }
}

/** What shows that something was written, even where it was put back: see `written and put back`. */
async function tracesOf(
  databases: readonly (readonly [path: string, real: string])[],
  files: readonly (readonly [path: string, real: string])[],
): Promise<Record<string, string>> {
  const marks = await Promise.all(
    databases.map(async ([path, real]) => [path, await markOf(real)] as const),
  )
  const traces = await Promise.all(
    files.map(async ([path, real]) => [path, await traceOf(real)] as const),
  )
  return Object.fromEntries(
    [...marks, ...traces].filter((entry): entry is readonly [string, string] => entry[1] !== null),
  )
}

/** A database that cannot be read looks the same whatever happens in it. */
function unreadable(databases: Fingerprint['databases']): string[] {
  return Object.entries(databases).flatMap(([file, tables]) => {
    const why = tables['unreadable']?.['file']
    return why === undefined ? [] : [`${file} cannot be read: ${why}`]
  })
}
