import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { knownSecrets } from '../evidence/known-secrets.ts'
import { sha256Of } from '../evidence/tree.ts'
import { type ProgramOutcome, runProgram } from '../process.ts'
import { redact } from '../redact.ts'
import type { GateRun } from '../run/run.ts'
import { type Counts, countJUnit, countLog, failuresSummedUp } from './counts.ts'

/** One run of the suite, with its log preserved. */
export interface SuiteRun {
  readonly number: number
  readonly outcome: ProgramOutcome
  /** What was executed, or null where nothing proves that anything was. */
  readonly counts: Counts | null
  /** Absolute paths of what was preserved. */
  readonly log: string
  readonly junit: string | null
  readonly logSha256: string
}

/** Runs the suite once and preserves its log, and its JUnit file where the command can write one. */
export async function runSuite(
  run: GateRun,
  folder: string,
  number: number,
  env: Record<string, string>,
): Promise<SuiteRun> {
  const { command, cwd, timeoutMs } = run.world.teamspace
  const junitFile = join(folder, `teamspace-canary-run-${number}.xml`)
  const line = command.map((part) => part.replaceAll('{junit}', junitFile))
  const outcome = await runProgram({ command: line, cwd, env, timeoutMs })
  const secrets = knownSecrets(run.world)
  const log = join(folder, `teamspace-canary-run-${number}.log`)
  const text = redact(`${outcome.log}\n`, secrets)
  await writeFile(log, text, { flag: 'wx', mode: 0o444 })
  const junit = await preserveJUnit(junitFile, secrets)
  const counts = countRun(
    text,
    junit,
    command.some((part) => part.includes('{junit}')),
  )
  const junitPath = junit === null ? null : junitFile
  return { number, outcome, counts, log, junit: junitPath, logSha256: sha256Of(text) }
}

/**
 * The report decides. Where one was asked for and is missing, a log that claims to have passed is only
 * printed text; where the runner's own last line tells of failures, no report outweighs it.
 */
function countRun(log: string, junit: string | null, isReportAskedFor: boolean): Counts | null {
  if (junit === null) {
    const counts = countLog(log)
    return isReportAskedFor && counts?.failed === 0 ? null : counts
  }
  const counts = countJUnit(junit)
  return counts && { ...counts, failed: Math.max(counts.failed, failuresSummedUp(log)) }
}

/**
 * Folder for the logs: the configured one, or a folder of this run inside it where logs of an
 * earlier run lie there already, because evidence is never overwritten.
 */
export async function claimLogFolder(run: GateRun): Promise<string> {
  const { logs } = run.world.teamspace
  await mkdir(logs, { recursive: true })
  const taken = (await readdir(logs)).some((name) =>
    /^teamspace-canary-run-\d\.(?:log|xml)$/.test(name),
  )
  if (!taken) return logs
  return mkdtemp(join(logs, `${run.id}-`))
}

/** The file was written by the suite itself, so it is redacted in place, before it is read-only. */
async function preserveJUnit(file: string, secrets: readonly string[]): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return null
  const clean = redact(text, secrets)
  if (clean !== text) await writeFile(file, clean)
  await chmod(file, 0o444)
  return clean
}
