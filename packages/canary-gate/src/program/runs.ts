import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Evidence, evidenceSchema } from '@canary-gate/gate-kernel'

/** All runs of a folder that left evidence. */
export interface Runs {
  /** The newest first. */
  readonly runs: readonly Evidence[]
  /** Ids of runs whose evidence cannot be read. */
  readonly unreadable: readonly string[]
}

/** A run without evidence is not listed; evidence that cannot be read is named. */
export async function readRuns(artifacts: string): Promise<Runs> {
  const names = await runsIn(artifacts)
  const runs: Evidence[] = []
  const unreadable: string[] = []
  for (const run of names.sort().reverse()) {
    const file = join(artifacts, run, 'evidence.json')
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined) continue
    const evidence = evidenceSchema.safeParse(parsed(text))
    if (evidence.success) runs.push(evidence.data)
    else unreadable.push(run)
  }
  return { runs, unreadable }
}

/** Names of everything that may be the folder of a run. */
export async function runsIn(artifacts: string): Promise<string[]> {
  const entries = await readdir(artifacts, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
