import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inconclusive, type StopReport } from '../stop/verdict.ts'

// What a run stands on: room on its disks and a folder for temporary files. Without them nothing that is
// seen says anything about the candidate, and a verdict that cannot be written is lost.

/** Set aside when a run begins, given back when it needs them: random, so that no disk stores them smaller. */
const reserves = {
  /** For the record of what is published. */
  publication: { file: '.room-for-publication', bytes: 1024 * 1024 },
  /** For evidence, page and reports: some hundred kilobytes. */
  reports: { file: '.room-for-reports', bytes: 3 * 1024 * 1024 },
} as const

/** Less than this on a disk is full, in bytes: SQLite, git and pip each want as much for one step. */
const LEAST = 1024 * 1024

/**
 * Sets room aside for the end of a run and tries the folder for temporary files.
 *
 * @throws GateStop where the machine has none, with the folder and what to do
 */
export async function prepareGround(runFolder: string): Promise<void> {
  for (const { file, bytes } of Object.values(reserves))
    await writeFile(join(runFolder, file), randomBytes(bytes))
  const folder = tmpdir()
  try {
    const probe = await mkdtemp(join(folder, 'canary-gate-'))
    await writeFile(join(probe, 'probe'), randomBytes(LEAST)).finally(() =>
      rm(probe, { recursive: true, force: true }),
    )
  } catch (error) {
    throw inconclusive(
      {
        code: 'file-system',
        cause: 'environment',
        what: `nothing can be written to the folder for temporary files: ${messageOf(error)}`,
        where: folder,
        next: 'make that folder, or room in it, or let TMPDIR name another one; then run the gate again',
      },
      { cause: error },
    )
  }
}

/** Gives room back, once it is needed. */
export async function giveBack(runFolder: string, what: keyof typeof reserves): Promise<void> {
  await rm(join(runFolder, reserves[what].file), { force: true })
}

/**
 * What a stop means on a machine whose disk is full: programs fail there in a hundred ways, and queues
 * lose rows, so that nothing can be concluded about the candidate.
 *
 * @param folders where the gate and its programs write
 */
export async function onFullDisk(
  stop: StopReport,
  folders: readonly string[],
): Promise<StopReport> {
  if (stop.cause === 'environment' && stop.code === 'file-system') return stop
  const full = await fullDisk([...folders, tmpdir()])
  if (full === undefined) return stop
  return {
    code: 'file-system',
    verdict: 'inconclusive',
    cause: 'environment',
    what: `the disk is full (${Math.floor(full.freeBytes / 1024)} KB left), so nothing follows from what was seen`,
    where: full.folder,
    next: 'make room there, then run the gate again',
    findings: [`${stop.code}: ${stop.what}`, ...(stop.findings ?? [])],
  }
}

/** The first of these folders whose disk is full, with what is left there. */
export async function fullDisk(
  folders: readonly string[],
): Promise<{ readonly folder: string; readonly freeBytes: number } | undefined> {
  for (const folder of folders) {
    const freeBytes = await freeBytesOf(folder)
    if (freeBytes !== undefined && freeBytes < LEAST) return { folder, freeBytes }
  }
  return undefined
}

/** Room below a folder that may not exist yet, 0 if it takes no more files; undefined where nobody can tell. */
async function freeBytesOf(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize, files, ffree } = await statfs(folder)
    // Some file systems count no files; one that does and has none left takes no new one.
    return files > 0 && ffree === 0 ? 0 : bavail * bsize
  } catch {
    return dirname(folder) === folder ? undefined : freeBytesOf(dirname(folder))
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
