import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson } from '@canary-gate/documents'
import {
  againstRelease,
  commandLine,
  type Evidence,
  evidenceSchema,
} from '@canary-gate/gate-kernel'
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
    const evidence = await evidenceOf(run, artifacts)
    if (evidence === 'unreadable') unreadable.push(run)
    else if (evidence !== 'none') runs.push(evidence)
  }
  return { runs, unreadable }
}

/** Longer evidence is not read. */
const maximumBytes = 64 * 1024 * 1024

/**
 * The evidence of one run. Unreadable is also what is not a plain file, has a key twice, or is the evidence of
 * another run, or says that it released and something else besides: it would be shown as what this one ended with.
 */
export async function evidenceOf(
  run: string,
  artifacts: string,
): Promise<Evidence | 'none' | 'unreadable'> {
  const file = join(artifacts, run, 'evidence.json')
  try {
    const found = await stat(file)
    if (!found.isFile() || found.size > maximumBytes) return 'unreadable'
    const rules = { maximumBytes, fractions: 'any' } as const
    const evidence = readJson(evidenceSchema, await readFile(file), rules)
    return evidence.runId === run && !contradictsItself(evidence) ? evidence : 'unreadable'
  } catch (error) {
    if (!isAbsent(error)) return 'unreadable'
    // A link to nothing is there, and what it led to may have been a verdict.
    return lstat(file).then(
      () => 'unreadable',
      () => 'none',
    )
  }
}

function contradictsItself(evidence: Evidence): boolean {
  return evidence.verdict === 'release' && againstRelease(evidence).length > 0
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
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
