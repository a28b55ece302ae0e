import { isDeepStrictEqual } from 'node:util'
import { parseJson } from '@canary-gate/documents'
import { publicCode, publicText, sha256Of, type StopReport } from '@canary-gate/gate-kernel'
import { samePrintedVersion } from '../candidates/version.ts'
import { canaryRunSchema } from '../run/canary-run.ts'
import { deploymentChanges } from '../service/snapshot.ts'
import { isFromTheFuture, isTooOld } from '../service/snapshot-age.ts'
import type { Bundle } from './bundle.ts'
import { upTo } from '../run/numbers.ts'
import { confidenceLine } from './confidence.ts'
import type { Observed } from './observe.ts'
import {
  evidencePaths,
  issueLink,
  noMutationStatement,
  noOpStatement,
  publicPath,
} from './render.ts'

/** What an item of the checklist looks at. */
export interface Checked {
  readonly body: string
  readonly bundle: Bundle
  readonly observed: Observed
  readonly now: Date
}

/** One item: the texts the comment must carry for it, and what must be true. */
export interface Item {
  readonly id: string
  readonly verdict: StopReport['verdict']
  readonly carries: (checked: Checked) => readonly string[]
  /** What is not as the comment says; empty if all is well. */
  readonly problems: (checked: Checked) => readonly string[]
}

const nothing = (): readonly string[] => []

export const version: Item = {
  id: 'version',
  verdict: 'fail',
  carries: ({ bundle }) => [publicText(bundle.installation.version)],
  problems: ({ observed: { versionProblem } }) => (versionProblem === null ? [] : [versionProblem]),
}

export const tag: Item = {
  id: 'tag',
  verdict: 'fail',
  carries: ({ bundle }) => [publicText(bundle.candidate.tag), bundle.candidate.commit],
  problems: ({ bundle: { candidate }, observed }) =>
    observed.tagCommit === candidate.commit
      ? []
      : [`${candidate.tag} is ${observed.tagCommit} on GitHub, ${candidate.commit} was proven`],
}

export const baseline: Item = {
  id: 'baseline',
  verdict: 'fail',
  carries: nothing,
  problems: ({ bundle: { candidate }, observed }) =>
    observed.containsBaseline ? [] : [`${candidate.commit} does not contain ${observed.baseline}`],
}

export const wheel: Item = {
  id: 'wheel',
  verdict: 'fail',
  carries: ({ bundle }) => [bundle.candidate.wheelSha256],
  problems: ({ bundle: { candidate, installation }, observed }) => [
    ...(candidate.wheelSha256 === installation.distributionSha256
      ? []
      : [`installed is ${installation.distributionSha256}, tagged is ${candidate.wheelSha256}`]),
    ...observed.installationProblems.map((problem) => `installed now: ${problem}`),
  ],
}

export const deployment: Item = {
  id: 'deployment',
  verdict: 'blocked',
  carries: ({ bundle: { snapshot } }) =>
    [snapshot.image, snapshot.gitSha].map((text) => publicCode(text)),
  problems: ({ bundle: { snapshot }, observed: { service } }) =>
    deploymentChanges(snapshot, service),
}

export const eventsPackage: Item = {
  id: 'events-package',
  verdict: 'fail',
  carries: ({ bundle: { installation } }) => [publicText(installation.eventsVersion)],
  problems: ({ bundle: { installation, fourRun } }) =>
    fourRun.runs.flatMap((run) =>
      samePrintedVersion(run.events_package_version, installation.eventsVersion)
        ? []
        : [`run ${run.run_number} used events package ${run.events_package_version}`],
    ),
}

export const snapshot: Item = {
  id: 'snapshot',
  verdict: 'inconclusive',
  carries: ({ bundle }) => [bundle.snapshot.takenAt, 'GET /health/`', 'GET /health/ready/`'],
  problems: ({ bundle, now }) => {
    const { takenAt } = bundle.snapshot
    const status = (bundle.snapshot.ready as { status?: unknown } | null)?.status
    return [
      ...(isTooOld(takenAt, now) ? ['the health snapshot is over 24 hours old'] : []),
      ...(isFromTheFuture(takenAt, now) ? ['the health snapshot is from the future'] : []),
      ...(status === 'ready' ? [] : [`the service was "${String(status)}" at the snapshot`]),
    ]
  },
}

export const infraCount: Item = {
  id: 'infra-count',
  verdict: 'blocked',
  carries: ({ bundle }) => [`Infra terminal-failed: ${bundle.snapshot.drain.infraTerminalFailed}`],
  problems: ({ bundle, observed }) =>
    [bundle.snapshot, observed.service]
      .filter(({ drain }) => drain.infraTerminalFailed !== 0)
      .map(({ drain, takenAt }) => `${drain.infraTerminalFailed} infra failures at ${takenAt}`),
}

export const historicalRows: Item = {
  id: 'historical-rows',
  verdict: 'blocked',
  carries: ({ bundle }) => [
    `Historical business-rule rows: ${bundle.snapshot.drain.businessRuleRejected}`,
  ],
  problems: ({ bundle, observed }) =>
    [bundle.snapshot, observed.service]
      .filter(({ drain }) => drain.businessRuleRejected !== observed.historicalRows)
      .map(({ drain, takenAt }) => `${drain.businessRuleRejected} historical rows at ${takenAt}`),
}

export const sixteenCells: Item = {
  id: 'sixteen-cells',
  verdict: 'fail',
  carries: ({ bundle }) => bundle.fourRun.runs.map(({ run_id: id }) => id),
  problems: ({ bundle: { fourRun }, observed: { canaryRuns } }) => {
    const cells = fourRun.runs.flatMap((run) => run.scenarios)
    const passed = cells.filter(({ status }) => status === 'pass').length
    const expected = canaryRuns * 4
    const numbers = fourRun.runs.map((run) => run.run_number)
    return [
      ...(passed === expected && cells.length === expected
        ? []
        : [`${passed} of ${expected} cells pass`]),
      ...(isDeepStrictEqual(numbers, upTo(canaryRuns))
        ? []
        : [`the runs are ${numbers.join(', ')}`]),
    ]
  },
}

export const runFiles: Item = {
  id: 'run-files',
  verdict: 'fail',
  carries: ({ bundle }) => evidencePaths(bundle),
  problems: ({ bundle: { fourRun }, observed }) => [
    ...(fourRun.files.length === observed.canaryRuns
      ? []
      : [`${fourRun.files.length} run files, not ${observed.canaryRuns}`]),
    ...fourRun.files.flatMap((file, index) =>
      problemsOfRunFile(file, observed.files.get(file) ?? null, fourRun.runs[index]),
    ),
  ],
}

function problemsOfRunFile(file: string, text: string | null, proven: unknown): string[] {
  if (text === null) return [`${file} does not exist`]
  const parsed = canaryRunSchema.safeParse(strictly(text))
  if (!parsed.success) return [`${file} is not the document of a canary run`]
  if (parsed.data.outcome !== 'pass') return [`${file} says "${parsed.data.outcome}"`]
  return isDeepStrictEqual(parsed.data, proven) ? [] : [`${file} is not the run that was proven`]
}

/** As the canary's documents were read when they were proven; undefined for any other text. */
function strictly(text: string): unknown {
  try {
    return parseJson(text, { maximumBytes: 4 * 1024 * 1024 })
  } catch {
    return undefined
  }
}

export const interventions: Item = {
  id: 'interventions',
  verdict: 'fail',
  carries: () => ['Interventions measured between the runs: none.'],
  problems: ({ bundle: { single, fourRun } }) => [
    ...single.interventions,
    ...fourRun.interventions,
  ],
}

export const statements: Item = {
  id: 'statement',
  verdict: 'fail',
  carries: ({ bundle: { single, fourRun } }) => [
    noMutationStatement,
    noOpStatement,
    confidenceLine(single.runs.length + fourRun.runs.length),
  ],
  problems: nothing,
}

export const eventsTag: Item = {
  id: 'events-tag',
  verdict: 'fail',
  carries: ({ bundle: { installation } }) => [
    publicText(installation.eventsTag),
    installation.eventsCommit,
  ],
  problems: ({ bundle: { installation }, observed }) =>
    observed.eventsCommit === installation.eventsCommit
      ? []
      : [
          `${installation.eventsTag} is ${observed.eventsCommit} on GitHub, the comment names ${installation.eventsCommit}`,
        ],
}

export const canaryLink: Item = {
  id: 'canary-link',
  verdict: 'fail',
  carries: ({ bundle, observed: { canaryRuns } }) => [
    `Identity-boundary canary: ${canaryRuns}/${canaryRuns}`,
    `${issueLink(bundle)} (now closed)`,
  ],
  problems: nothing,
}

export const teamspaceLogs: Item = {
  id: 'teamspace',
  verdict: 'fail',
  carries: ({ bundle }) => [
    'Teamspace canary: 4/4',
    ...(bundle.teamspace?.runs ?? []).map(({ log }) => publicCode(publicPath(bundle, log))),
  ],
  problems: ({ bundle, observed }) => {
    const runs = bundle.teamspace?.runs ?? []
    return [
      ...(runs.length === 4 ? [] : [`${runs.length} Teamspace runs, not 4`]),
      ...runs.flatMap(({ number, passed }) => (passed ? [] : [`Teamspace run ${number} failed`])),
      ...runs.flatMap(({ log, logSha256 }) => problemsOfFile(log, logSha256, observed)),
      ...runs.flatMap(({ junit, junitSha256 }) =>
        junit === null ? [] : problemsOfFile(junit, junitSha256 ?? undefined, observed),
      ),
    ]
  },
}

/** A log or a report of the suite is still what it was when its run ended. */
function problemsOfFile(
  file: string,
  sha256: string | undefined,
  { files }: Checked['observed'],
): string[] {
  const text = files.get(file) ?? null
  if (text === null) return [`${file} does not exist, or is not a plain file`]
  if (sha256 === undefined || sha256Of(text) === sha256) return []
  return [`${file} was changed after the run`]
}
