import { rmSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { markTakenUp } from '../resume/mark.ts'
import { markDryRun } from './dry-run.ts'
import { beginHistory } from '../state/history.ts'

/** `<artifacts>/latest`: one line, the id of the newest run that has a verdict. */
const POINTER = 'latest'

/** The folder of all runs of a checkout or an installed package, absolute. */
export function artifactsOf(root: string, environment: NodeJS.ProcessEnv): string {
  const wanted = environment['CANARY_GATE_ARTIFACTS']?.trim() ?? ''
  return wanted === '' ? join(root, 'artifacts', 'gate') : resolve(wanted)
}

/**
 * Begins a run: withdraws the verdict of the previous one, so that whatever goes wrong from here on
 * leaves no release verdict behind, and creates `<artifacts>/<id>` exclusively.
 *
 * @param artifacts folder of all runs, normally `artifacts/gate`
 * @param id wanted by the caller, or made from the time and a random suffix
 * @param manner whether nothing may be written to GitHub, re-opened blockers included; and the id of
 *   a stopped run that is taken up
 * @throws Error EEXIST if a run of that id exists
 */
export async function beginRun(
  artifacts: string,
  id: string,
  now: Date,
  manner: { readonly dryRun: boolean; readonly takesUp: string | undefined },
): Promise<string> {
  withdrawVerdict(artifacts)
  const folder = join(artifacts, id)
  await mkdir(artifacts, { recursive: true })
  await mkdir(folder)
  await beginHistory(folder, now)
  if (manner.dryRun) await markDryRun(folder)
  if (manner.takesUp !== undefined) await markTakenUp(folder, manner.takesUp)
  return folder
}

/** A sortable id: UTC time to the second, then the suffix (random, given by the caller). */
export function makeRunId(now: Date, suffix: string): string {
  return `${now.toISOString().replace(/[-:]/g, '').slice(0, 15)}Z-${suffix}`
}

/** Removes the pointer to the newest verdict. No verdict means: not released. */
export function withdrawVerdict(artifacts: string): void {
  rmSync(join(artifacts, POINTER), { force: true })
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
