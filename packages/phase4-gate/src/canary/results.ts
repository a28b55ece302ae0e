import { isDeepStrictEqual } from 'node:util'
import { findingsOf, readJson } from '@canary-gate/documents'
import { samePrintedVersion } from '../candidates/version.ts'
import { type CanaryRun, canaryRunSchema } from '../run/canary-run.ts'
import { upTo } from '../run/numbers.ts'
import { showsDefect } from './diagnosis.ts'
import { type HarnessDocument, maximumDocumentBytes } from './output.ts'

/** What a run document must agree with to count as a run of this gate. */
export interface Expectation {
  readonly runNumber: number
  readonly cliVersion: string
  readonly eventsVersion: string
  /** Between these two moments the harness was running. */
  readonly startedAt: Date
  readonly endedAt: Date
  /** Run ids that existed before the harness was started: a file with one of them is a cached one. */
  readonly knownRunIds: ReadonlySet<string>
}

export type Reading =
  | { readonly kind: 'run'; readonly run: CanaryRun }
  /** The document cannot be believed; nothing is known about the product. */
  | { readonly kind: 'unusable'; readonly findings: readonly string[] }

/** Clocks of two processes on one machine agree; file systems round to two seconds at worst. */
const slackMs = 2_000

/** Reads one run document and checks everything about it except whether it passed. Pure. */
export function readRunDocument(
  document: Pick<HarnessDocument, 'text' | 'problems' | 'writtenAtMs'>,
  expected: Expectation,
): Reading {
  const { text, problems, writtenAtMs } = document
  if (problems.length > 0) return { kind: 'unusable', findings: problems }
  try {
    const run = readJson(canaryRunSchema, text, { maximumBytes: maximumDocumentBytes })
    const findings = [
      ...checkIdentity(run, expected),
      ...checkWritten(run, writtenAtMs, expected),
      ...checkVersions(run, expected),
      ...checkScenarios(run),
    ]
    return findings.length > 0 ? { kind: 'unusable', findings } : { kind: 'run', run }
  } catch (error) {
    return { kind: 'unusable', findings: findingsOf(error) }
  }
}

/**
 * What must hold among the runs in a row, and of `latest.json`. Pure.
 * @param count how many were asked for
 * @param endsMs when the file of each run was last written, in milliseconds since the epoch
 */
export function checkProtocol(
  runs: readonly CanaryRun[],
  latest: CanaryRun | null,
  endsMs: readonly number[],
  count: number,
): string[] {
  const numbers = runs.map(({ run_number }) => run_number)
  const ids = new Set(runs.map(({ run_id }) => run_id))
  const starts = runs.map(({ timestamp }) => Date.parse(timestamp))
  return [
    ...(isDeepStrictEqual(numbers, upTo(count))
      ? []
      : [`run numbers are ${numbers.join(', ')}, not 1 to ${count}`]),
    ...(ids.size === runs.length ? [] : ['two runs have the same run_id']),
    ...(starts.every((start, index) => index === 0 || start >= (starts[index - 1] ?? 0))
      ? []
      : ['the runs did not start in the order of their numbers']),
    ...overlaps(starts, endsMs),
    ...(isDeepStrictEqual(latest, runs.at(-1)) ? [] : [`latest.json is not run ${count}`]),
    ...differentNames(runs),
  ]
}

/** A scenario is the same one in every run, or the four runs are not one protocol. */
function differentNames(runs: readonly CanaryRun[]): string[] {
  const namesOf = (run: CanaryRun): string =>
    run.scenarios
      .map(({ id, name }) => `${id} ${name}`)
      .sort()
      .join('; ')
  return runs.flatMap((run) =>
    namesOf(run) === namesOf(runs[0] ?? run)
      ? []
      : [`run ${run.run_number} names its scenarios otherwise than run 1: ${namesOf(run)}`],
  )
}

/** Consecutive means one after the other: a run that began before its predecessor had ended is neither. */
function overlaps(starts: readonly number[], endsMs: readonly number[]): string[] {
  return starts.flatMap((start, index) => {
    const endedBefore = endsMs[index - 1]
    if (endedBefore === undefined || start >= endedBefore - slackMs) return []
    return [`run ${index + 1} began before the document of run ${index} was written`]
  })
}

/**
 * Crockford's base 32 as it is written, in upper case: one id in two spellings would be two runs. The
 * first character is at most 7, because a ULID has 128 bits.
 */
const ulid = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

function checkIdentity(run: CanaryRun, expected: Expectation): string[] {
  const started = Date.parse(run.timestamp)
  const early = started < expected.startedAt.getTime() - slackMs
  const late = started > expected.endedAt.getTime() + slackMs
  return [
    ...(ulid.test(run.run_id) ? [] : [`run_id "${run.run_id}" is not a ULID`]),
    ...(expected.knownRunIds.has(run.run_id.toUpperCase())
      ? [`run_id ${run.run_id} is of an earlier run: a cached file`]
      : []),
    ...(run.run_number === expected.runNumber
      ? []
      : [`run_number is ${run.run_number}, expected ${expected.runNumber}`]),
    ...(early || late
      ? [
          `timestamp ${run.timestamp} lies outside this run (${expected.startedAt.toISOString()} on)`,
        ]
      : []),
  ]
}

/** A document is written when its run ends: after it began, and while the harness was running. */
function checkWritten(run: CanaryRun, writtenAtMs: number, expected: Expectation): string[] {
  const earliest = Math.max(expected.startedAt.getTime(), Date.parse(run.timestamp)) - slackMs
  const latest = expected.endedAt.getTime() + slackMs
  if (writtenAtMs >= earliest && writtenAtMs <= latest) return []
  return [`its file is of ${new Date(writtenAtMs).toISOString()}, which is not when its run ended`]
}

function checkVersions(run: CanaryRun, expected: Expectation): string[] {
  return [
    ...(samePrintedVersion(run.cli_version, expected.cliVersion)
      ? []
      : [`cli_version is ${run.cli_version}, installed is ${expected.cliVersion}`]),
    ...(samePrintedVersion(run.events_package_version, expected.eventsVersion)
      ? []
      : [
          `events_package_version is ${run.events_package_version}, installed is ${expected.eventsVersion}`,
        ]),
  ]
}

/** `outcome` is "pass" exactly if all four scenarios pass; a document that says otherwise lies. */
function checkScenarios(run: CanaryRun): string[] {
  const ids = run.scenarios.map(({ id }) => id).sort()
  const allPass = run.scenarios.every(({ status }) => status === 'pass')
  const shown = run.scenarios.filter(
    ({ status, details }) => status === 'pass' && showsDefect(details ?? ''),
  )
  return [
    ...shown.map(({ id }) => `scenario ${id} passes and describes a historic failure`),
    ...(ids.join() === '1,2,3,4' ? [] : [`scenarios are ${ids.join(', ') || 'none'}, not 1 to 4`]),
    ...((run.outcome === 'pass') === allPass
      ? []
      : [
          `outcome is "${run.outcome}" although ${allPass ? 'all scenarios pass' : 'a scenario failed'}`,
        ]),
    ...run.scenarios.flatMap(({ id, status, failure_mode: mode }) =>
      status === 'pass' && (mode ?? '') !== ''
        ? [`scenario ${id} passes and names the failure "${mode ?? ''}"`]
        : [],
    ),
  ]
}
