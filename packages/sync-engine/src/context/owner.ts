import { freeName, specKitty, type Remedy } from '../base/remedies.ts'
import { existsSync, lstatSync, renameSync } from 'node:fs'
import { asNumber, asString, parseObject, type JsonObject } from '../base/json.ts'
import { readIfPresent, writeAtomically } from '../home/files.ts'
import { describeCause } from '../base/describe-cause.ts'
import { permissionRemedy } from '../base/permission.ts'
import { holdsOpen, isSameProcess } from '../base/process-age.ts'
import { DAEMON_LOCK } from '../home/home.ts'
import { dirname, join } from 'node:path'
import { removeFile } from '../base/remove-file.ts'

/** Who owns delivery in the background (BOUNDARY/D-2). The file is 0600: it holds the token. */
export interface OwnerRecord {
  readonly pid: number
  readonly port: number
  readonly token: string
  readonly package_version: string
  readonly executable_path: string
  readonly source_checkout_path: string | null
  readonly server_url: string | null
  readonly auth_principal: string | null
  readonly auth_team: string | null
  readonly auth_scope: string | null
  readonly queue_db_path: string
  /** ISO 8601, UTC. */
  readonly started_at: string
}

/** The same without the secret: what may be shown and what the health endpoint tells. */
export type PublicOwner = Omit<OwnerRecord, 'token'>

export type OwnerFile =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'unreadable'
      readonly reason: string
      /** The command that ends this. */
      readonly remedy: Remedy
    }
  | { readonly kind: 'orphan'; readonly record: OwnerRecord; readonly reason: string }
  | { readonly kind: 'present'; readonly record: OwnerRecord }

const RETIRE = specKitty('doctor', 'orphan-daemons', '--retire')

/** Reads the owner record and judges it: an owner whose process or program is gone is an orphan. */
export function readOwner(path: string): OwnerFile {
  let text
  try {
    text = readIfPresent(path)
  } catch (cause) {
    const remedy = permissionRemedy(path) ?? RETIRE
    return { kind: 'unreadable', reason: describeCause(cause), remedy }
  }
  if (text === undefined) return { kind: 'absent' }
  const record = fromDisk(parseObject(text))
  if (record === undefined)
    return { kind: 'unreadable', reason: 'not a complete owner record', remedy: RETIRE }
  const reason = orphanReason(record, path)
  return reason === undefined ? { kind: 'present', record } : { kind: 'orphan', record, reason }
}

/** Why a record has no living owner (BOUNDARY/D-4); undefined if it has one. */
export function orphanReason(record: PublicOwner, path: string): string | undefined {
  if (!existsSync(record.executable_path)) return `its program ${record.executable_path} is gone`
  if (!isOwnerAlive(record, path)) return `its process ${record.pid} is dead`
  return undefined
}

/**
 * Whether the process that wrote a record still runs. A clock that was set meanwhile makes it look like
 * one that began later; then the lock beside the record, which a daemon has open for life, tells.
 * @param path of the record
 */
export function isOwnerAlive({ pid, started_at }: PublicOwner, path: string): boolean {
  return isSameProcess(pid, started_at) || holdsOpen(pid, join(dirname(path), DAEMON_LOCK))
}

/** Writes the record in one step, mode 0600 (BOUNDARY/FR-005, BOUNDARY/C-006). */
export function writeOwner(path: string, record: OwnerRecord): void {
  writeAtomically(path, `${JSON.stringify(record, null, 2)}\n`)
}

export function removeOwner(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  // Whatever lies in a folder of that name is not ours to delete.
  if (found?.isDirectory() === true) renameSync(path, freeName(path))
  else removeFile(path)
}

export function withoutToken(record: OwnerRecord): PublicOwner {
  const shown: PublicOwner & { token?: string } = { ...record }
  delete shown.token
  return shown
}

/** A number that can be one of a process or a port; anything else in its place makes no record. */
function whole(value: unknown, most: number): number | undefined {
  const number = asNumber(value)
  const isOne = number !== undefined && Number.isInteger(number) && number > 0 && number <= most
  return isOne ? number : undefined
}

function fromDisk(found: JsonObject | undefined): OwnerRecord | undefined {
  if (found === undefined) return undefined
  const pid = whole(found['pid'], Number.MAX_SAFE_INTEGER)
  const port = whole(found['port'], 65_535)
  const texts = [
    'token',
    'package_version',
    'executable_path',
    'queue_db_path',
    'started_at',
  ] as const
  const [token, version, executable, queueDb, startedAt] = texts.map((key) => asString(found[key]))
  if (pid === undefined || port === undefined || token === undefined) return undefined
  if (version === undefined || executable === undefined) return undefined
  if (queueDb === undefined || startedAt === undefined) return undefined
  return {
    pid,
    port,
    token,
    package_version: version,
    executable_path: executable,
    source_checkout_path: asString(found['source_checkout_path']) ?? null,
    server_url: asString(found['server_url']) ?? null,
    auth_principal: asString(found['auth_principal']) ?? null,
    auth_team: asString(found['auth_team']) ?? null,
    auth_scope: asString(found['auth_scope']) ?? null,
    queue_db_path: queueDb,
    started_at: startedAt,
  }
}
