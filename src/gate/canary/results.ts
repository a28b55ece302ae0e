import { compare, valid } from '@renovatebot/pep440'
import { type CanaryRun, canaryRunSchema } from '../run/facts.ts'

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
export function readRunDocument(text: string, expected: Expectation): Reading {
  const json = parseJson(text)
  if (json === undefined) return { kind: 'unusable', findings: ['it is no JSON document'] }
  const parsed = canaryRunSchema.safeParse(json)
  if (!parsed.success) {
    const findings = parsed.error.issues.map(
      (issue) => `${issue.path.join('.') || 'document'}: ${issue.message}`,
    )
    return { kind: 'unusable', findings }
  }
  const findings = [
    ...checkIdentity(parsed.data, expected),
    ...checkVersions(parsed.data, expected),
    ...checkScenarios(parsed.data),
  ]
  return findings.length > 0 ? { kind: 'unusable', findings } : { kind: 'run', run: parsed.data }
}

/**
 * What must hold among the four runs, and of `latest.json`. Pure.
 * @param endsMs when the file of each run was last written, in milliseconds since the epoch
 */
export function checkProtocol(
  runs: readonly CanaryRun[],
  latest: CanaryRun | null,
  endsMs: readonly number[],
): string[] {
  const numbers = runs.map(({ run_number }) => run_number)
  const ids = new Set(runs.map(({ run_id }) => run_id))
  const starts = runs.map(({ timestamp }) => Date.parse(timestamp))
  return [
    ...(numbers.join() === '1,2,3,4' ? [] : [`run numbers are ${numbers.join(', ')}, not 1 to 4`]),
    ...(ids.size === runs.length ? [] : ['two runs have the same run_id']),
    ...(starts.every((start, index) => index === 0 || start >= (starts[index - 1] ?? 0))
      ? []
      : ['the runs did not start in the order of their numbers']),
    ...overlaps(starts, endsMs),
    ...(JSON.stringify(latest) === JSON.stringify(runs.at(-1)) ? [] : ['latest.json is not run 4']),
  ]
}

/** Consecutive means one after the other: a run that began before its predecessor had ended is neither. */
function overlaps(starts: readonly number[], endsMs: readonly number[]): string[] {
  return starts.flatMap((start, index) => {
    const endedBefore = endsMs[index - 1]
    if (endedBefore === undefined || start >= endedBefore - slackMs) return []
    return [`run ${index + 1} began before the document of run ${index} was written`]
  })
}

/** Crockford's base 32; the first character is at most 7, because a ULID has 128 bits. */
const ulid = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i

function checkIdentity(run: CanaryRun, expected: Expectation): string[] {
  const started = Date.parse(run.timestamp)
  const early = started < expected.startedAt.getTime() - slackMs
  const late = started > expected.endedAt.getTime() + slackMs
  return [
    ...(ulid.test(run.run_id) ? [] : [`run_id "${run.run_id}" is no ULID`]),
    ...(expected.knownRunIds.has(run.run_id)
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

function checkVersions(run: CanaryRun, expected: Expectation): string[] {
  return [
    ...(sameVersion(run.cli_version, expected.cliVersion)
      ? []
      : [`cli_version is ${run.cli_version}, installed is ${expected.cliVersion}`]),
    ...(sameVersion(run.events_package_version, expected.eventsVersion)
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
  return [
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

/** Whether two texts name one version, with or without a leading `v`. */
export function sameVersion(printed: string, installed: string): boolean {
  const [a, b] = [printed, installed].map((text) => text.trim().replace(/^v/, ''))
  if (a === undefined || b === undefined) return false
  return valid(a) && valid(b) ? compare(a, b) === 0 : a === b
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
