import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A process and its command line, the words separated by NUL. */
export interface ListedProcess {
  readonly pid: number
  readonly line: string
}

/** All processes that may be seen. */
export function listProcesses(): ListedProcess[] {
  if (process.platform !== 'linux') return fromPs()
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const line = readOf(name, 'cmdline')
      return line === undefined ? [] : [{ pid: Number(name), line }]
    })
}

/** A variable of a process's environment; undefined where the platform or its owner keeps it secret. */
export function variableOf(pid: number, name: string): string | undefined {
  const start = `${name}=`
  const entries = readOf(String(pid), 'environ')?.split('\0')
  return entries?.find((entry) => entry.startsWith(start))?.slice(start.length)
}

/** Undefined once the process is gone, and without /proc. */
function readOf(pid: string, name: string): string | undefined {
  try {
    return readFileSync(join('/proc', pid, name), 'utf8')
  } catch {
    return undefined
  }
}

/** Where there is no /proc the words are separated by spaces. */
function fromPs(): ListedProcess[] {
  try {
    const text = execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' })
    return text.split('\n').map((row) => {
      const [pid = '', ...words] = row.trim().split(/\s+/)
      return { pid: Number(pid), line: words.join('\0') }
    })
  } catch {
    return []
  }
}
