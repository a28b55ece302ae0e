import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { sha256OfFile } from '../evidence/tree.ts'
import type { GateRun } from '../run/run.ts'
import { limitsPath, openService } from '../service/reader.ts'
import { type DaemonIdentity, daemonOf } from './daemon.ts'
import { DatabaseBusy, digestDatabase, type TableDigests, versionOf } from './databases.ts'
import type { Fingerprint } from './schema.ts'

/** Takes fingerprints of one world; remembers databases, so that an unchanged one is not re-read. */
export interface Fingerprinter {
  /** The time stamp is that of the end: whatever the fingerprint shows had happened by then. */
  take(): Promise<Fingerprint>
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
  return {
    async take() {
      const found = (await Promise.all(roots.map((root) => listFiles(root)))).flat()
      const state = {
        databases: await digestAll(found.filter(isDatabase), known, scratch),
        files: await digestFiles(found.filter(isLasting)),
        daemons: await identifyDaemons(found.filter(isOwnerRecord)),
        service: await serviceCounters(reader),
      }
      return { takenAt: new Date().toISOString(), ...state }
    },
  }
}

/** Copies of databases lie in the gate's own folder while they are looked at. */
export function scratchOf(run: GateRun): string {
  return join(run.folder, 'looking')
}

/** What a database held when it was last read, and which version of its files that was. */
type Known = Map<string, { readonly version: string; readonly tables: TableDigests }>

/** Logs, locks and sign-in sessions change by themselves and say nothing about an intervention. */
const transient = /(?:-wal|-shm|-journal|\.log|\.lock|\.tmp|\.new)$|\/(?:auth|cache|logs)\//

function isDatabase(file: string): boolean {
  return /\.(?:db|sqlite3?)$/.test(file)
}

function isOwnerRecord(file: string): boolean {
  return file.endsWith('owner.json')
}

function isLasting(file: string): boolean {
  return !isDatabase(file) && !transient.test(file)
}

/** A folder that disappears while it is listed is listed once more: it may be a file being replaced. */
async function listFiles(root: string, attempts = 3): Promise<string[]> {
  const present = await stat(root).catch(() => null)
  if (present === null) return []
  try {
    const entries = await readdir(root, { withFileTypes: true, recursive: true })
    return entries.filter((entry) => entry.isFile()).map((one) => join(one.parentPath, one.name))
  } catch (error) {
    if (attempts <= 1) throw error
    return listFiles(root, attempts - 1)
  }
}

async function digestAll(
  files: readonly string[],
  known: Known,
  scratch: string,
): Promise<Fingerprint['databases']> {
  const digests: Fingerprint['databases'] = {}
  for (const file of files) {
    const version = await versionOf(file)
    const earlier = known.get(file)
    if (earlier?.version !== version) {
      const tables = await digestOrName(file, scratch, earlier?.tables)
      if (tables === null) continue
      known.set(file, { version, tables })
    }
    digests[file] = known.get(file)?.tables ?? {}
  }
  return digests
}

/**
 * A busy database counts as it was when it was last read; a file that is no database any more is a
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
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isGone ? null : { unreadable: { file: String(error) } }
  }
}

async function digestFiles(files: readonly string[]): Promise<Record<string, string>> {
  const digests: Record<string, string> = {}
  for (const file of files) {
    const digest = await sha256OfFile(file).catch(() => null)
    if (digest !== null) digests[file] = digest
  }
  return digests
}

async function identifyDaemons(records: readonly string[]): Promise<Fingerprint['daemons']> {
  const found = await Promise.all(
    records.map(async (record) => [record, await daemonOf(record)] as const),
  )
  return Object.fromEntries(
    found.filter((entry): entry is readonly [string, DaemonIdentity] => entry[1] !== null),
  )
}

const counterSchema = z.looseObject({
  dependencies: z.looseObject({
    drain_queue: z.looseObject({
      terminal_failed_count: z.number(),
      business_rule_rejected_count: z.number(),
    }),
  }),
})

const limitSchema = z.looseObject({
  sync_ingress: z.looseObject({ limits: z.record(z.string(), z.unknown()) }),
})

const deploymentSchema = z.looseObject({ git_sha: z.string() })

/**
 * What stays as it is unless somebody changes the service: terminal failures, the historical rows, the
 * deployed commit (a deployment that is taken back shows at neither end of the runs), and the ingress
 * limits. Retryable rows and ages move by themselves. Null where any of it was not to be learned this
 * time: an answer that is missing is no change.
 */
async function serviceCounters(
  reader: ReturnType<typeof openService>,
): Promise<Fingerprint['service']> {
  const health = await reader.get('/health/')
  const ready = await reader.get('/health/ready/')
  const limits = await ingressLimits(reader)
  if (health.kind !== 'answer' || ready.kind !== 'answer' || limits === null) return null
  const deployment = deploymentSchema.safeParse(health.body).data
  const counters = counterSchema.safeParse(ready.body).data?.dependencies.drain_queue
  if (deployment === undefined || counters === undefined) return null
  return {
    terminal_failed_count: counters.terminal_failed_count,
    business_rule_rejected_count: counters.business_rule_rejected_count,
    'deployed commit': deployment.git_sha,
    ...limits,
  }
}

/**
 * The limits the service advertises, or nothing where it tells them only to signed-in users; null where
 * it did not answer.
 */
async function ingressLimits(
  reader: ReturnType<typeof openService>,
): Promise<Record<string, number> | null> {
  const answer = await reader.get(limitsPath)
  if (answer.kind !== 'answer' || answer.status >= 500) return null
  if (answer.status !== 200) return {}
  const limits = limitSchema.safeParse(answer.body).data?.sync_ingress.limits ?? {}
  const numbers = Object.entries(limits).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  return Object.fromEntries(numbers.map(([name, value]) => [`limit ${name}`, value]))
}
