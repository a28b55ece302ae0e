import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

/**
 * When the process with this id began, in milliseconds since the epoch; undefined if none runs.
 * The answer tells a process from a later one that got the same number.
 */
export function processStart(pid: number): number | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid)
}

/** `ps` and /proc count in seconds or hundredths; records are written a moment after the start. */
const SLACK_MS = 2_000

/**
 * Whether the process that wrote a record at `recordedAt` still runs: it exists and began before.
 * A process that began later only inherited the number.
 */
export function isSameProcess(pid: number, recordedAt: string): boolean {
  const start = processStart(pid)
  const recorded = Date.parse(recordedAt)
  if (start === undefined || Number.isNaN(recorded)) return false
  return start <= recorded + SLACK_MS
}

const TICKS_PER_SECOND = 100

function startFromProc(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in brackets may hold spaces and brackets; the fields count from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    return bootTime() + (Number(fields[19]) / TICKS_PER_SECOND) * 1000
  } catch {
    return undefined
  }
}

function bootTime(): number {
  const line = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))
  return Number(line?.[1] ?? 0) * 1000
}

function startFromPs(pid: number): number | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const start = Date.parse(text.trim())
    return Number.isNaN(start) ? undefined : start
  } catch {
    return undefined
  }
}

/**
 * Whether the process has the file open. Where the platform cannot tell, the answer is no. Unlike a time,
 * that still holds after the clock was set: Linux counts the start of a process from the present clock.
 */
export function holdsOpen(pid: number, path: string): boolean {
  try {
    const wanted = realpathSync(path)
    const folder = join('/proc', String(pid), 'fd')
    return readdirSync(folder).some((fd) => linkOf(join(folder, fd)) === wanted)
  } catch {
    return false
  }
}

/** Descriptors come and go while they are listed. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
