import { rmSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { markResumed } from './resumed.ts'
import { markDryRun } from './dry-run.ts'
import { GateStop, inconclusive } from '../stop/verdict.ts'
import { prepareGround } from './ground.ts'
import { closeToOthers } from './umask.ts'
import { beginHistory } from '../state/history.ts'

/** `<artifacts>/latest`: one line, the id of the newest run that has a verdict. */
const POINTER = 'latest'

/** The folder of all runs of a gate, absolute. */
export function artifactsOf(
  { root, folder }: { readonly root: string; readonly folder: string },
  environment: NodeJS.ProcessEnv,
): string {
  const wanted = environment['CANARY_GATE_ARTIFACTS']?.trim() ?? ''
  return wanted === '' ? join(root, 'artifacts', folder) : resolve(wanted)
}

/**
 * Begins a run: withdraws the verdict of the previous one, so that whatever goes wrong from here on
 * leaves no release verdict behind, and creates `<artifacts>/<id>` exclusively.
 *
 * @param artifacts folder of all runs, normally `artifacts/gate`
 * @param id wanted by the caller, or made from the time and a random suffix
 * @param manner whether nothing may be written to GitHub, re-opened blockers included; and the id of
 *   a stopped run that is resumed
 * @throws GateStop of the environment if a run of that id exists, or nothing can be written there
 */
export async function beginRun(
  artifacts: string,
  id: string,
  now: Date,
  manner: { readonly dryRun: boolean; readonly resumes: string | undefined },
): Promise<string> {
  closeToOthers()
  const folder = join(artifacts, id)
  try {
    withdrawVerdict(artifacts)
    await mkdir(artifacts, { recursive: true })
    await mkdir(folder)
  } catch (error) {
    if (error instanceof GateStop) throw error
    throw hasCode(error, 'EEXIST') ? idIsTaken(folder) : cannotBegin(artifacts, error)
  }
  try {
    await prepareGround(folder)
    await beginHistory(folder, now)
    if (manner.dryRun) await markDryRun(folder)
    if (manner.resumes !== undefined) await markResumed(folder, manner.resumes)
    return folder
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error instanceof GateStop ? error : cannotBegin(artifacts, error)
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function idIsTaken(folder: string): GateStop {
  return inconclusive({
    code: 'run-exists',
    cause: 'environment',
    what: 'there is a run of that id already',
    where: folder,
    next: 'leave CANARY_GATE_RUN_ID out, or let it name another run',
  })
}

function cannotBegin(artifacts: string, error: unknown): GateStop {
  return inconclusive(
    {
      code: 'file-system',
      cause: 'environment',
      what: `the folder of all runs cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      where: artifacts,
      next: 'make it writable, make room there, or let CANARY_GATE_ARTIFACTS name another folder',
    },
    { cause: error },
  )
}

/** A sortable id: UTC time to the second, then the suffix (random, given by the caller). */
export function makeRunId(now: Date, suffix: string): string {
  return `${now.toISOString().replace(/[-:]/g, '').slice(0, 15)}Z-${suffix}`
}

/** Removes the pointer to the newest verdict. No verdict means: not released. */
export function withdrawVerdict(artifacts: string): void {
  try {
    rmSync(join(artifacts, POINTER), { force: true })
  } catch (error) {
    // Below a file there is no pointer; whatever else keeps one there would leave an old release standing.
    if (!hasCode(error, 'ENOTDIR')) throw cannotBegin(artifacts, error)
  }
}

/** Names a run as the newest one with a verdict. Two runs that end at once each write their own file. */
export async function announceVerdict(artifacts: string, id: string): Promise<void> {
  const own = join(artifacts, id, `${POINTER}.new`)
  await writeFile(own, `${id}\n`)
  await rename(own, join(artifacts, POINTER))
}

/** The id of the newest run with a verdict, or undefined. */
export async function latestRun(artifacts: string): Promise<string | undefined> {
  const text = await readFile(join(artifacts, POINTER), 'utf8').catch(() => '')
  return text.trim() === '' ? undefined : text.trim()
}
