import { mkdir, readFile, realpath, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { blocked } from '@canary-gate/gate-kernel'
import { z } from 'zod'
import { startOf } from '../interventions/daemon.ts'
import type { GateRun } from '../run/run.ts'

const claimSchema = z.strictObject({ run: z.string(), pid: z.int(), startedAt: z.string() })
type Claim = z.infer<typeof claimSchema>

/**
 * Claims for this run what two gates cannot share: the canary's home and the folder that its harness writes
 * to (each would measure the other's work as an intervention, or take the other's documents for its own),
 * and the home of the installer (each would install over the candidate that the other proves). A claim is
 * a file beside the folder, because nothing may appear in what is watched; it ends with the process that
 * runs the gate.
 *
 * @throws GateStop `blocked` while another gate that is alive has one of them
 */
export async function claimHome(run: GateRun): Promise<void> {
  for (const [name, folder] of claimed(run)) await claim(run, folder, name)
}

/**
 * Looks whether a run that began now would get what it claims; claims nothing.
 *
 * @throws GateStop `blocked` while another gate that is alive has one of them
 */
export async function requireUnclaimed(run: GateRun): Promise<void> {
  for (const [name, folder] of claimed(run)) {
    const file = await fileOf(run, folder)
    const found = file === null ? null : await readClaim(file)
    if (file !== null && found !== null && (await startOf(found.pid)) === found.startedAt)
      throw taken(found, file, folder, name)
  }
}

function claimed({ world: { canary, candidate } }: GateRun): (readonly [string, string])[] {
  return [
    ['canary.home', canary.home],
    ['candidate.installer.home', candidate.installer.home],
    ['canary.cwd', canary.cwd],
  ]
}

/** Nothing is written beside the workspace itself; what shares it shares the rest as well. */
async function fileOf({ world }: GateRun, folder: string): Promise<string | null> {
  const real = await realpath(folder).catch(() => folder)
  const workspace = await realpath(world.workspace).catch(() => world.workspace)
  return real === workspace ? null : `${real}.canary-gate-claim.json`
}

async function claim(run: GateRun, folder: string, name: string): Promise<void> {
  const file = await fileOf(run, folder)
  if (file === null) return
  await mkdir(dirname(file), { recursive: true })
  const own = await ownClaim(run)
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const isCreated = await writeFile(file, JSON.stringify(own), { flag: 'wx' }).then(
      () => true,
      () => false,
    )
    const found = await readClaim(file)
    if (found?.run === run.id) return
    if (!isCreated && found !== null && (await startOf(found.pid)) === found.startedAt)
      throw taken(found, file, folder, name)
    await unlink(file).catch(() => undefined)
  }
  throw taken(null, file, folder, name)
}

/** Each requirement is a process of its own; the one that started them is the gate. */
async function ownClaim(run: GateRun): Promise<Claim> {
  const pid = process.env['VITEST_POOL_ID'] === undefined ? process.pid : process.ppid
  return { run: run.id, pid, startedAt: (await startOf(pid)) ?? '' }
}

/** Null for a file that is not a claim: what a gate that was killed had not finished writing. */
async function readClaim(file: string): Promise<Claim | null> {
  try {
    return claimSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return null
  }
}

function taken(claim: Claim | null, file: string, folder: string, name: string): Error {
  const who = claim === null ? 'another gate' : `run ${claim.run} (process ${claim.pid})`
  return blocked({
    code: 'canary-home-in-use',
    cause: 'environment',
    what: `${who} works with the same ${name}: ${folder}`,
    where: file,
    next: `wait until that gate has ended, or give this one a \`${name}\` of its own`,
  })
}
