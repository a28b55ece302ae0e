import { lstat, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { attemptsFolder } from '../evidence/attempt.ts'
import type { GateRun } from '../run/run.ts'

/** Where the harness writes, below its working folder: `latest.json` and `runs/run-N.json`. */
export interface HarnessOutput {
  readonly latest: string
  runFile(number: number): string
}

export function harnessOutput(run: GateRun): HarnessOutput {
  const folder = join(run.world.canary.cwd, 'artifacts', 'sync_identity_boundary')
  return {
    latest: join(folder, 'latest.json'),
    runFile: (number) => join(folder, 'runs', `run-${number}.json`),
  }
}

/** A plain file that the harness wrote, or null if it is absent or still the one from before. */
export async function readFresh(file: string, before: OutputBefore): Promise<string | null> {
  const version = await versionOf(file)
  if (version === null || version === before.versions.get(file)) return null
  return readFile(file, 'utf8').catch(() => null)
}

/** Why a document of the harness is none: a link is no document, because what it means lies elsewhere. */
export async function whyAbsent(file: string): Promise<string> {
  const info = await lstat(file).catch(() => null)
  return info === null || info.isFile()
    ? 'the harness did not write it in this run'
    : 'it is no plain file'
}

/** When a file was last written, in milliseconds since the epoch; 0 if it is not there. */
export async function writtenAtMs(file: string): Promise<number> {
  return lstat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
}

/** What lay there before the harness was started: a cached earlier file must not pass. */
export interface OutputBefore {
  readonly versions: ReadonlyMap<string, string>
  readonly runIds: ReadonlySet<string>
}

/** Remembers the output files as they are, and every run id that any attempt has ever preserved. */
export async function rememberOutput(run: GateRun): Promise<OutputBefore> {
  const folders = new Set([attemptsFolder(run), dirname(harnessOutput(run).latest)])
  const files = (await Promise.all([...folders].map(listDocuments))).flat()
  const versions = new Map<string, string>()
  const runIds = new Set<string>()
  for (const file of files) {
    const version = await versionOf(file)
    if (version !== null) versions.set(file, version)
    const id = await runIdOf(file)
    if (id !== null) runIds.add(id)
  }
  return { versions, runIds }
}

async function listDocuments(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
}

const identified = z.looseObject({ run_id: z.string() })

async function runIdOf(file: string): Promise<string | null> {
  try {
    return identified.parse(JSON.parse(await readFile(file, 'utf8'))).run_id
  } catch {
    return null
  }
}

async function versionOf(file: string): Promise<string | null> {
  const info = await lstat(file, { bigint: true }).catch(() => null)
  return info?.isFile() !== true ? null : `${info.ino}.${info.size}.${info.mtimeNs}`
}
