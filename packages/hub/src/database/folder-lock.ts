import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, HubError } from '../base/errors.ts'

/**
 * Claims a data folder for this process: two embedded databases on one folder would destroy it. The lock
 * appears with its content or not at all, also on a full disk.
 * @returns what gives it free again
 * @throws {HubError} `folder-in-use`
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'hub.lock')
  const own = `${file}.${process.pid}`
  try {
    writeFileSync(own, `${process.pid} ${startOf(process.pid)}\n`, { mode: 0o600 })
    for (const attempt of [1, 2]) {
      if (linked(own, file)) return () => rmSync(file, { force: true })
      if (attempt === 2 || !removedStale(file, own)) break
    }
    throw inUse(folder, holderOf(file).pid)
  } finally {
    rmSync(own, { force: true })
  }
}

function linked(own: string, file: string): boolean {
  try {
    linkSync(own, file)
    return true
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause
    return false
  }
}

/**
 * Removes a lock whose process has ended without cleaning up. Of several processes that find it one takes
 * it away; a lock that another one has made meanwhile is put back.
 */
function removedStale(file: string, own: string): boolean {
  if (isHeld(file)) return false
  const aside = `${own}.stale`
  try {
    renameSync(file, aside)
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause
    return true
  }
  const isFresh = isHeld(aside)
  if (isFresh) linked(aside, file)
  rmSync(aside, { force: true })
  return !isFresh
}

function isHeld(file: string): boolean {
  const { pid, began } = holderOf(file)
  return Number(pid) > 0 && isRunning(Number(pid), began)
}

/** A file that says nothing holds nothing: its writer found a full disk. */
function holderOf(file: string): { readonly pid: string; readonly began: string } {
  try {
    const [pid = '', began = ''] = readFileSync(file, 'utf8').trim().split(' ')
    return { pid, began }
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause
    return { pid: '', began: '' }
  }
}

function isRunning(pid: number, began: string): boolean {
  try {
    process.kill(pid, 0)
    return began === '' || startOf(pid) === began
  } catch (cause) {
    return codeOf(cause) === 'EPERM'
  }
}

/** The start time of a process in clock ticks: a number that was given out again has another one. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function inUse(folder: string, pid: string): HubError {
  return new HubError({
    code: 'folder-in-use',
    what: `another process ${pid === '' ? '' : `(${pid}) `}uses this data folder`,
    where: folder,
    next: 'stop it first, or use a PostgreSQL server, which any number of hubs and commands share',
  })
}
