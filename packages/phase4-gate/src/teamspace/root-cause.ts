import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ifAbsent, readJson } from '@canary-gate/documents'
import { blocked, type StopReport } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'

/** What a failed run leaves behind for the operator: to be completed before anything is retried. */
const failureSchema = z.looseObject({ rootCause: z.string().nullable() })

/**
 * Records that a run of the suite failed. The file asks for a root cause; the next gate in this
 * world does not start the suite before somebody has written one (GATE/NFR-005).
 */
export async function askForRootCause(run: GateRun, stop: StopReport): Promise<void> {
  const { code, what, where } = stop
  const failure = { run: run.id, code, what, log: where, rootCause: null }
  const file = join(run.world.teamspace.logs, `teamspace-failure-${run.id}.json`)
  await writeFile(file, `${JSON.stringify(failure, null, 2)}\n`)
}

/** @throws GateStop `blocked` while a failure of an earlier gate has no root cause. */
export async function requireRootCauses(run: GateRun): Promise<void> {
  const { logs } = run.world.teamspace
  const names = (await readdir(logs).catch(ifAbsent([]))).filter((name) =>
    /^teamspace-failure-.*\.json$/.test(name),
  )
  const open: string[] = []
  for (const name of names) {
    if (!(await hasRootCause(join(logs, name)))) open.push(join(logs, name))
  }
  if (open.length === 0) return
  throw blocked({
    code: 'teamspace-root-cause-required',
    cause: 'cannot-tell',
    what: `an earlier run of the Teamspace suite failed and has no root cause yet`,
    where: open.join(', '),
    next: 'find the root cause and write it into `rootCause` of that file, then run the gate again',
    findings: open,
  })
}

async function hasRootCause(file: string): Promise<boolean> {
  try {
    const { rootCause } = readJson(failureSchema, await readFile(file), { maximumBytes: 64 * 1024 })
    return rootCause !== null && rootCause.trim() !== ''
  } catch {
    return false
  }
}
