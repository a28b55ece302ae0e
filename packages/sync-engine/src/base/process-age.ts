import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

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
