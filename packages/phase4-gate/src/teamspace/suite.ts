import { chmod, lstat, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findingsOf, ifAbsent, readPlainFile } from '@canary-gate/documents'
import type { GateRun } from '../run/run.ts'
import { redact, sha256Of } from '@canary-gate/gate-kernel'
import { type ProgramOutcome, runProgram } from '@canary-gate/programs'
import { knownSecrets } from '../world/known-secrets.ts'
import { type Counts, countSuite } from './counts.ts'

/** One run of the suite, with its log preserved. */
export interface SuiteRun {
  readonly number: number
  readonly startedAt: Date
  readonly endedAt: Date
  readonly outcome: ProgramOutcome
  /** What was executed, or null where nothing proves that anything was. */
  readonly counts: Counts | null
  /** Why the report is not one that this run wrote; empty if it is, or none was asked for. */
  readonly reportProblems: readonly string[]
  /** Absolute paths of what was preserved. */
  readonly log: string
  readonly junit: string | null
  readonly logSha256: string
  readonly junitSha256: string | null
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
  const isReportAskedFor = command.some((part) => part.includes('{junit}'))
  const present = await lstat(junitFile).catch(ifAbsent(null))
  const startedAt = new Date()
  const outcome = await runProgram({ command: line, cwd, env, timeoutMs })
  const endedAt = new Date()
  const secrets = knownSecrets(run.world)
  const log = join(folder, `teamspace-canary-run-${number}.log`)
  const text = redact(`${outcome.log}\n`, secrets)
  await writeFile(log, text, { flag: 'wx', mode: 0o444 })
  const report = isReportAskedFor ? await preserveJUnit(junitFile, secrets, startedAt) : notAsked
  const early = present === null ? [] : ['it was there before this run began']
  const isMissing = isReportAskedFor && report.text === null
  return {
    ...{ number, startedAt, endedAt, outcome, log, logSha256: sha256Of(text) },
    // A report that was asked for and is missing: a log that claims to have passed is only a text.
    counts: isMissing ? failuresOnly(countSuite(text, null)) : countSuite(text, report.text),
    reportProblems: [...report.problems, ...early],
    junit: report.text === null ? null : junitFile,
    junitSha256: report.text === null ? null : sha256Of(report.text),
  }
}

function failuresOnly(counts: Counts | null): Counts | null {
  return counts !== null && counts.failed > 0 ? counts : null
}

interface PreservedReport {
  readonly text: string | null
  readonly problems: readonly string[]
}

const notAsked: PreservedReport = { text: null, problems: [] }

/**
 * Folder for the logs: the configured one, or a folder of this run inside it where logs of an
 * earlier run are there already, because evidence is never overwritten.
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

const maximumReportBytes = 64 * 1024 * 1024

/** The file was written by the suite itself, so it is redacted in place, before it is read-only. */
async function preserveJUnit(
  file: string,
  secrets: readonly string[],
  startedAt: Date,
): Promise<PreservedReport> {
  if ((await lstat(file).catch(ifAbsent(null))) === null) return notAsked
  try {
    const { bytes, modifiedAtMs } = await readPlainFile(file, maximumReportBytes)
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const clean = redact(text, secrets)
    if (clean !== text) await writeFile(file, clean)
    await chmod(file, 0o444)
    // File systems round to two seconds at worst.
    const isOld = modifiedAtMs < startedAt.getTime() - 2_000
    return { text: clean, problems: isOld ? ['it was written before this run began'] : [] }
  } catch (error) {
    return { text: null, problems: findingsOf(error) }
  }
}
