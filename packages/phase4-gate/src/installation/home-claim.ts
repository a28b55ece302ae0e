import { mkdir, readFile, realpath, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { blocked } from '@canary-gate/gate-kernel'
import { z } from 'zod'
import { startOf } from '../interventions/daemon.ts'
import type { GateRun } from '../run/run.ts'

const claimSchema = z.strictObject({ run: z.string(), pid: z.int(), startedAt: z.string() })
type Claim = z.infer<typeof claimSchema>

/**
 * Claims the canary's home for this run: two gates on one home would each measure the other's work as
 * an intervention, or find its own documents rewritten. The claim is a file beside the home, because
 * nothing may appear in what is watched; it ends with the process that runs the gate.
 *
 * @throws GateStop `blocked` while another gate that is alive has the home
 */
export async function claimHome(run: GateRun): Promise<void> {
  const { home } = run.world.canary
  const file = `${await realpath(home).catch(() => home)}.canary-gate-claim.json`
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
      throw taken(run, found, file)
    await unlink(file).catch(() => undefined)
  }
  throw taken(run, null, file)
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

function taken(run: GateRun, claim: Claim | null, file: string): Error {
  const who = claim === null ? 'another gate' : `run ${claim.run} (process ${claim.pid})`
  return blocked({
    code: 'canary-home-in-use',
    cause: 'environment',
    what: `${who} works with the same canary home: ${run.world.canary.home}`,
    where: file,
    next: 'wait until that gate has ended, or give this one a `canary.home` of its own',
  })
}
