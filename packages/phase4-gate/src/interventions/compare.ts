import type { Fingerprint } from '../run/fingerprint.ts'
import { limitsOf } from './service-counters.ts'

/**
 * One difference between two fingerprints. `byRun` says whether a canary run itself could have made
 * it; between two runs nothing explains it.
 */
interface Change {
  readonly what: string
  readonly byRun: boolean
}

/** All differences, named, in a stable order. Pure. */
function compareFingerprints(before: Fingerprint, after: Fingerprint): Change[] {
  return [
    ...compareDatabases(before.databases, after.databases),
    ...compareDaemons(before, after),
    ...compareFiles(before, after),
    ...compareTraces(before, after),
    ...compareService(before.service, after.service),
  ]
}

/**
 * Names the interventions among all differences.
 * @param unexplained `any` where nothing explains a change; `foreign` where a run may have made it
 */
export function interventions(
  before: Fingerprint,
  after: Fingerprint,
  place: string,
  unexplained: 'any' | 'foreign',
): string[] {
  return compareFingerprints(before, after)
    .filter(({ byRun }) => unexplained === 'any' || !byRun)
    .map(({ what }) => `${place}: ${what}`)
}

type Databases = Fingerprint['databases']

function compareDatabases(before: Databases, after: Databases): Change[] {
  return keysOf(before, after).flatMap((file): Change[] => {
    const old = before[file]
    const now = after[file]
    if (old === undefined) return [{ what: `database appeared: ${file}`, byRun: true }]
    if (now === undefined) return [{ what: `queue file deleted: ${file}`, byRun: false }]
    return keysOf(old, now).flatMap((table) =>
      compareRows(`${table} of ${file}`, old[table] ?? {}, now[table] ?? {}),
    )
  })
}

function compareRows(
  place: string,
  old: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): Change[] {
  const keys = keysOf(old, now)
  const removed = keys.filter((key) => now[key] === undefined)
  const added = keys.filter((key) => old[key] === undefined)
  const edited = keys.filter(
    (key) => old[key] !== undefined && now[key] !== undefined && old[key] !== now[key],
  )
  return [
    ...countChange('removed from', removed, place),
    ...countChange('added to', added, place),
    ...countChange('edited in', edited, place),
  ]
}

function countChange(verb: string, keys: readonly string[], place: string): Change[] {
  if (keys.length === 0) return []
  const rows = keys.length === 1 ? 'row' : 'rows'
  const shown = keys.slice(0, 3).join(', ') + (keys.length > 3 ? ', …' : '')
  return [{ what: `${keys.length} ${rows} ${verb} ${place} (key ${shown})`, byRun: true }]
}

function compareDaemons(before: Fingerprint, after: Fingerprint): Change[] {
  return keysOf(before.daemons, after.daemons).flatMap((record): Change[] => {
    const old = before.daemons[record]
    const now = after.daemons[record]
    if (old === undefined)
      return now === undefined ? [] : [{ what: `daemon started: pid ${now.pid}`, byRun: true }]
    if (now === undefined) return [{ what: `daemon stopped: pid ${old.pid}`, byRun: true }]
    if (old.pid === now.pid && old.startedAt === now.startedAt)
      return recordEdited(before, after, record, old.pid)
    if (old.pid === now.pid && now.startedAt === null) {
      return [{ what: `daemon killed: pid ${old.pid} is dead, its record remains`, byRun: false }]
    }
    return [{ what: `daemon replaced: pid ${old.pid} became pid ${now.pid}`, byRun: true }]
  })
}

/** A daemon writes its record once, when it starts; a change under a living one is surgery. */
function recordEdited(
  before: Fingerprint,
  after: Fingerprint,
  record: string,
  pid: number,
): Change[] {
  if (before.files[record] === after.files[record]) return []
  return [{ what: `daemon record edited while pid ${pid} lives: ${record}`, byRun: false }]
}

function compareFiles(before: Fingerprint, after: Fingerprint): Change[] {
  const daemonRecords = new Set([...Object.keys(before.daemons), ...Object.keys(after.daemons)])
  return keysOf(before.files, after.files).flatMap((file): Change[] => {
    if (daemonRecords.has(file) || before.files[file] === after.files[file]) return []
    const verb = fileVerb(before.files[file], after.files[file])
    return [{ what: `file ${verb}: ${file}`, byRun: true }]
  })
}

/** The same content on both sides of a write: rows or bytes that were changed and put back. */
function compareTraces(before: Fingerprint, after: Fingerprint): Change[] {
  const [old = {}, now = {}] = [before.traces, after.traces]
  return Object.keys(old)
    .filter((path) => now[path] !== undefined && now[path] !== old[path])
    .filter((path) => contentOf(before, path) === contentOf(after, path))
    .map((path) => ({ what: `written and put back: ${path}`, byRun: true }))
}

function contentOf({ databases, files }: Fingerprint, path: string): string {
  return JSON.stringify([databases[path] ?? null, files[path] ?? null])
}

function fileVerb(old: string | undefined, now: string | undefined): string {
  if (old === undefined) return 'added'
  return now === undefined ? 'deleted' : 'edited'
}

function compareService(before: Fingerprint['service'], after: Fingerprint['service']): Change[] {
  if (before === null || after === null) return []
  // Limits that one side could not learn at all are unknown, not removed.
  const known = [before, after].every((one) => Object.keys(limitsOf(one)).length > 0)
  return keysOf(before, after)
    .filter((name) => before[name] !== after[name])
    .filter((name) => known || !name.startsWith('limit '))
    .map((name) => ({
      what: `service mutated: ${name} was ${before[name] ?? 'absent'}, is ${after[name] ?? 'absent'}`,
      byRun: false,
    }))
}

function keysOf(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
}
