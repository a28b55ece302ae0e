import type { IssueAfter } from '../../fixtures/rehearsal/aftermath.ts'
import { gateOrder } from '../../src/gate/register.ts'
import type { BrokenWorld, Leftovers } from './broken-world.ts'
import type { Played } from './play.ts'

/** Everything in which the gate's doing differs from what the row asks for. Empty: as it should be. */
export function differences(row: BrokenWorld, played: Played): string[] {
  return [
    ...wrongVerdict(row, played),
    ...wrongOrder(row, played),
    ...wrongIssues(row, played),
    ...lostEvidence(played),
    ...played.aftermath.violations.map((what) => `GitHub's description forbids: ${what}`),
    ...overwritten(row, played),
    ...leftBehind(played),
  ]
}

function overwritten(row: BrokenWorld, { aftermath }: Played): string[] {
  if ('overwrites' in row) return []
  return aftermath.overwritten.map((what) => `earlier evidence was touched: ${what}`)
}

function wrongVerdict(row: BrokenWorld, { evidence, exitCode }: Played): string[] {
  const { stop, verdict, weakenings } = evidence
  const seen =
    stop === null
      ? 'no stop'
      : `${stop.requirement ?? 'no requirement'} ${stop.verdict} ${stop.code}`
  const wanted = 'releases' in row ? 'no stop' : `${row.stopsAt} ${row.verdict} ${row.code}`
  const release = 'releases' in row
  return [
    ...(seen === wanted ? [] : [`expected ${wanted}, saw ${seen}: ${stop?.what ?? ''}`]),
    ...((verdict === 'release') === release ? [] : [`the verdict is ${verdict}`]),
    ...((exitCode === 0) === release ? [] : [`the exit code is ${exitCode ?? 'none'}`]),
    ...weakenings.map(({ what }) => `weakened: ${what}`),
  ]
}

/** Everything before the stop passed, everything after it was not run, and says because of what. */
function wrongOrder(row: BrokenWorld, { evidence }: Played): string[] {
  const stopAt = 'releases' in row ? gateOrder.length : gateOrder.indexOf(row.stopsAt)
  // Everything had passed then, and C-007 is not a step of the publication.
  const brokeInPublication = evidence.publication.status === 'broken'
  return evidence.requirements.flatMap(({ id, verdict, stoppedBy }, place) => {
    if (place === stopAt) return []
    const isProven = place < stopAt || (id === 'GATE/C-007' && brokeInPublication)
    const wanted = isProven ? 'pass' : 'not-run'
    if (verdict !== wanted && !isWithheld(verdict, stoppedBy))
      return [`${id} is ${verdict}, not ${wanted}`]
    return []
  })
}

function isWithheld(verdict: string, stoppedBy: string | undefined): boolean {
  return verdict === 'not-run' && stoppedBy === 'publication withheld'
}

const nothing: Leftovers = { on41: 0, closed41: false, on1038: 0 }
const everything: Leftovers = { on41: 1, closed41: true, on1038: 1 }

function wrongIssues(row: BrokenWorld, { aftermath }: Played): string[] {
  const seeded = row.faults.github?.issues ?? {}
  const left = 'releases' in row ? everything : { ...nothing, ...row.leaves }
  const reopened: readonly number[] = 'reopens' in row ? (row.reopens ?? []) : []
  const expected: readonly Expected[] = [
    { number: 41, closed: left.closed41, comments: left.on41 },
    { number: 1038, closed: false, comments: left.on1038 },
    ...[1141, 1182].map((number) => {
      const isReopened = reopened.includes(number)
      return { number, closed: !isReopened, comments: isReopened ? 1 : 0 }
    }),
  ]
  return aftermath.issues.flatMap((issue) => {
    const wanted = expected.find(({ number }) => number === issue.number)
    return wanted === undefined ? [] : wrongIssue(issue, wanted, seeded[String(issue.number)])
  })
}

interface Expected {
  readonly number: number
  readonly closed: boolean
  readonly comments: number
}

type Seeded =
  { readonly state?: 'open' | 'closed'; readonly comments?: readonly unknown[] } | undefined

/** What the world itself began with, or an outsider did, is not the gate's doing. */
function wrongIssue(issue: IssueAfter, wanted: Expected, seeded: Seeded): string[] {
  const comments = issue.comments.length - (seeded?.comments?.length ?? 0)
  const state = wanted.closed ? 'closed' : 'open'
  const isSeeded = seeded?.state !== undefined
  return [
    ...(comments === wanted.comments
      ? []
      : [`#${issue.number} has ${comments} new comments, not ${wanted.comments}`]),
    ...(issue.state === state || isSeeded
      ? []
      : [`#${issue.number} is ${issue.state}, not ${state}`]),
  ]
}

/** Once a canary ran, its attempt is there, with a log and, where the harness wrote one, its runs. */
function lostEvidence({ evidence, left }: Played): string[] {
  const canaryRan = gateOrder.indexOf('GATE/FR-007') < passedBefore(evidence)
  const hasAttempt = [...left.keys()].some((path) => /rc\d+-attempt\d+\/harness-/.test(path))
  return canaryRan && !hasAttempt ? ['a canary ran, but no attempt is preserved'] : []
}

function passedBefore(evidence: Played['evidence']): number {
  return evidence.requirements.filter(({ verdict }) => verdict === 'pass').length
}

/** A token in a file, a server that still answers, or a file that is neither report nor evidence. */
function leftBehind({ left, alive }: Played): string[] {
  const secret = /rehearsal_[0-9a-f]{36}/
  const leaking = [...left].filter(([, text]) => secret.test(text)).map(([path]) => path)
  const strange = [...left.keys()].filter(
    (path) =>
      path.startsWith('workspace/') &&
      !/^workspace\/(?:e2e\/artifacts|teamspace-logs)\//.test(path),
  )
  return [
    ...leaking.map((path) => `the token stands in ${path}`),
    ...strange.map((path) => `left behind: ${path}`),
    ...alive.map((url) => `still running: ${url}`),
  ]
}
