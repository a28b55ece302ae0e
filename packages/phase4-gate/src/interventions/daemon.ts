import { readFile } from 'node:fs/promises'
import { readJson } from '@canary-gate/documents'
import { z } from 'zod'

/** A process as the system knows it: a number alone may have been given to another one since. */
export interface DaemonIdentity {
  readonly pid: number
  /** When it started, in the system's own words; null if no such process is alive. */
  readonly startedAt: string | null
}

const ownerRecordSchema = z.looseObject({ pid: z.int().positive() })

const ownerRecordRules = { maximumBytes: 64 * 1024, fractions: 'any' } as const

/** The daemon that an owner record names, or null if these bytes are no owner record. */
export async function daemonOf(ownerRecord: Uint8Array): Promise<DaemonIdentity | null> {
  try {
    const { pid } = readJson(ownerRecordSchema, ownerRecord, ownerRecordRules)
    return { pid, startedAt: await startOf(pid) }
  } catch {
    return null
  }
}

/** Start time of a live process. Reads `/proc` where there is one, otherwise asks `ps`. */
export async function startOf(pid: number): Promise<string | null> {
  if (process.platform === 'linux') return startFromProc(pid)
  const { execa } = await import('execa')
  const { stdout, exitCode } = await execa('ps', ['-o', 'lstart=', '-p', `${pid}`], {
    reject: false,
  })
  return exitCode === 0 && stdout.trim() !== '' ? stdout.trim() : null
}

/** Field 22 of `stat` is the start in clock ticks since boot; a zombie is dead already. */
async function startFromProc(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? null : (fields[19] ?? null)
}
