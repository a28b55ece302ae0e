import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, HubError } from '../base/errors.ts'

/**
 * Claims a data folder for this process: two embedded databases on one folder would destroy it.
 * @returns what gives it free again
 * @throws {HubError} `folder-in-use`
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'hub.lock')
  for (const attempt of [1, 2]) {
    try {
      writeFileSync(file, `${process.pid} ${startOf(process.pid)}\n`, { flag: 'wx', mode: 0o600 })
      return () => rmSync(file, { force: true })
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw cause
      const [pid = '', began = ''] = readFileSync(file, 'utf8').trim().split(' ')
      if (attempt === 2 || isRunning(Number(pid), began)) throw inUse(folder, pid)
      // Its process has ended without cleaning up.
      rmSync(file, { force: true })
    }
  }
  throw inUse(folder, '')
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
