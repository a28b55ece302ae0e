import type { IssueAfter } from '../../fixtures/rehearsal/aftermath.ts'
import { gate, type GateId } from '../../gate/gate.ts'
import { publishedRows } from '../../packages/gate-kernel/src/definition/gate.ts'
import type { BrokenWorld, Leftovers } from './broken-world.ts'
import type { Played } from './play.ts'

/** Everything in which the gate's doing differs from what the row asks for. Empty: as it should be. */
export function differences(row: BrokenWorld, played: Played): string[] {
  return [
    ...wrongVerdict(row, played),
    ...wrongReason(row, played),
    ...wrongOrder(row, played),
    ...wrongIssues(row, played),
    ...strayWrites(row, played),
    ...lostEvidence(played),
    ...touchedEvidence(row, played),
    ...leftBehind(played),
  ]
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

/** A stop with the right code for another reason is the right answer to another question. */
function wrongReason(row: BrokenWorld, { evidence }: Played): string[] {
  const wanted = 'says' in row ? row.says : undefined
  const what = evidence.stop?.what ?? ''
  return wanted === undefined || what.includes(wanted)
    ? []
    : [`the stop does not say "${wanted}": ${what}`]
}

/** Everything before the stop passed, everything after it was not run, and says because of what. */
function wrongOrder(row: BrokenWorld, { evidence }: Played): string[] {
  const stopAt = 'releases' in row ? gate.order.length : gate.order.indexOf(row.stopsAt)
  // Everything had passed then, and C-007 is not a step of the publication.
  const brokeInPublication = evidence.publication.status === 'broken'
  const isLate = 'late' in row
  return evidence.requirements.flatMap(({ id, verdict, stoppedBy }, place) => {
    if (place === stopAt) return []
    const wasProven = isLate ? !published.includes(id) : place < stopAt
    const isProven = wasProven || (id === 'GATE/C-007' && brokeInPublication)
    const wanted = isProven ? 'pass' : 'not-run'
    if (verdict !== wanted && !isWithheld(verdict, stoppedBy))
      return [`${id} is ${verdict}, not ${wanted}`]
    return []
  })
}

const published: readonly string[] = publishedRows(gate).map(({ id }) => id)

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

/** A state that the world was given is expected to stay: in those worlds the gate only looks. */
function wrongIssue(issue: IssueAfter, wanted: Expected, seeded: Seeded): string[] {
  const comments = issue.comments.length - (seeded?.comments?.length ?? 0)
  const state = seeded?.state ?? (wanted.closed ? 'closed' : 'open')
  return [
    ...(comments === wanted.comments
      ? []
      : [`#${issue.number} has ${comments} new comments, not ${wanted.comments}`]),
    ...(issue.state === state ? [] : [`#${issue.number} is ${issue.state}, not ${state}`]),
  ]
}

/** Requests that may have been sent: those of the publication once it began, those of a re-opening. */
function strayWrites(row: BrokenWorld, { aftermath, evidence }: Played): string[] {
  const reopened = 'reopens' in row ? (row.reopens ?? []) : []
  const allowed = new Set([
    ...(evidence.publication.status === 'withheld' ? [] : publicationWrites),
    ...reopened.flatMap((number) => [`PATCH issue ${number}`, `POST comment ${number}`]),
  ])
  return [
    ...aftermath.writes.filter((name) => !allowed.has(name)).map((name) => `stray write: ${name}`),
    ...aftermath.violations.map((what) => `GitHub's description forbids: ${what}`),
  ]
}

const publicationWrites = ['POST comment 41', 'PATCH issue 41', 'POST comment 1038'] as const

/** What must have been preserved by the time the gate stopped. */
function lostEvidence({ evidence, left }: Played): string[] {
  const wanted = [
    ...(hasReached(evidence, 'GATE/FR-007') ? ['harness-single.log'] : []),
    ...(hasReached(evidence, 'GATE/FR-008') ? ['run-1.json'] : []),
    ...(isFailedCanary(evidence) ? ['manifest.json'] : []),
    ...(hasPassed(evidence, 'GATE/FR-008') ? ['manifest.json', ...fourRuns] : []),
  ]
  const attempt = /\/v3\.2\.0rc16-attempt1\/(.+)$/
  const kept = new Set([...left.keys()].map((path) => attempt.exec(path)?.[1]))
  return wanted.filter((name) => !kept.has(name)).map((name) => `not preserved: ${name}`)
}

const fourRuns = [1, 2, 3, 4].map((number) => `runs/run-${number}.json`)

function hasPassed({ requirements }: Played['evidence'], id: GateId): boolean {
  return requirements.some((one) => one.id === id && one.verdict === 'pass')
}

/** It passed or stopped the gate; where the harness's own tests failed, no canary was begun. */
function hasReached({ requirements, stop }: Played['evidence'], id: GateId): boolean {
  if (stop?.code === 'harness-self-test') return false
  return requirements.some((one) => one.id === id && one.verdict !== 'not-run')
}

function isFailedCanary({ stop }: Played['evidence']): boolean {
  return stop !== null && /^canary-(?:failed|reopens)/.test(stop.code)
}

/** Evidence of earlier attempts, and the sealed one of this attempt, as git and an auditor see them. */
function touchedEvidence(row: BrokenWorld, { aftermath, sealProblems }: Played): string[] {
  if ('overwrites' in row) return []
  return [...aftermath.overwritten, ...sealProblems].map((what) => `evidence was touched: ${what}`)
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
