import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandLine, type Evidence, evidenceSchema } from '@canary-gate/gate-kernel'
import type { ProgramContext } from './context.ts'
import { didYouMean } from './nearest.ts'
import { UsageError } from './usage-error.ts'

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

/** A run that is not there, in words, and the command that lists those that are. */
export async function unknownRun(
  id: string,
  artifacts: string,
  { gate }: Pick<ProgramContext, 'gate'>,
): Promise<UsageError> {
  const near = didYouMean(id, await runsIn(artifacts))
  const list = commandLine(['history', ...(gate === undefined ? [] : ['--gate', gate])])
  return new UsageError(`there is no run ${id} in ${artifacts}${near}; list them with: ${list}`)
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
