import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect } from 'vitest'
import { type GitHubServer, startGitHub } from '../../fixtures/github/index.ts'
import type { PlayedEnd } from '../../fixtures/runner/played-program.ts'
import { type JobResult, runAction } from '../../fixtures/runner/run-action.ts'
import type { Evidence } from '../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { sideBySide } from '../matrix/side-by-side.ts'
import { releasedEvidence, stoppedEvidence, waivedEvidence } from '../page/evidences.ts'
import { spec } from '../spec.ts'

const program = join(import.meta.dirname, '../../fixtures/runner/played-program.ts')
const [sha, repository] = ['c'.repeat(40), 'owner/project']
const tokens = { app: 'rehearsal-app', appReads: 'rehearsal-app-reads', person: 'rehearsal-person' }

/** One end of the action: how the program ends, and what people see of it. */
interface End {
  readonly name: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly played: PlayedEnd
  readonly token?: keyof typeof tokens
  readonly sha?: string
  /** Output `verdict`, and with it whether the job fails. */
  readonly code: string
  /** Where it fails in spite of code 0. */
  readonly fails?: true
  /** Of the check run; null where there is none. */
  readonly check: string | null
  /** Its name, where it is not `canary-gate`. */
  readonly checkName?: string
  /** In the summary of the job. */
  readonly summary: RegExp
  /** Among the workflow commands. */
  readonly annotation?: RegExp
}

const gate = { 'check-run': 'true' }

type StopVerdict = NonNullable<Evidence['stop']>['verdict']

/** Evidence of a run that stopped at that place of the table. */
function stoppedAt(place: number, verdict: StopVerdict): Evidence {
  const { requirements } = releasedEvidence()
  const evidence = stoppedEvidence()
  const id = requirements[place]!.id
  const { cause, what, where, next } = evidence.stop!
  const told = { cause, what, where, next, verdict, code: `stop-${place}` }
  const stop = { ...told, requirement: id }
  return {
    ...evidence,
    stop,
    requirements: requirements.map((one, at) => {
      if (at < place) return one
      if (at === place) return { ...one, verdict, stop: told }
      return { id: one.id, text: one.text, progress: [], verdict: 'not-run', stoppedBy: id }
    }),
  }
}

const stops: readonly End[] = ([0, 2, 4, 8, 11, 16, 19] as const).flatMap((place): End[] => {
  const of = (verdict: StopVerdict, code: number, check: string, level: string): End => ({
    name: `requirement ${place} is ${verdict}`,
    inputs: gate,
    played: { exitCode: code, evidence: stoppedAt(place, verdict) },
    ...{ code: String(code), check, summary: /^## HOLD/ },
    annotation: new RegExp(`^::${level} file=gate/.*stop-${place}`, 'm'),
  })
  return place % 4 === 0
    ? [of('fail', 1, 'failure', 'error'), of('inconclusive', 3, 'neutral', 'warning')]
    : [of('blocked', 1, 'failure', 'error')]
})

const proofs: readonly End[] = [0, 1, 2, 3, 4, 5, 6, 7].map((exitCode) => ({
  name: `the prover ends with ${exitCode}`,
  inputs: { command: 'prove', 'check-run': 'true', range: 'main..HEAD' },
  played: { exitCode, evidence: null, summary: `## Proof ${exitCode}\n` },
  ...{ code: String(exitCode), check: null, summary: new RegExp(`^## Proof ${exitCode}`) },
}))

const released = { exitCode: 0, evidence: releasedEvidence() }
const rehearsed = { ...releasedEvidence(), world: 'rehearsal' }
const weakened: Evidence = {
  ...releasedEvidence(),
  ...{ verdict: 'hold', weakenings: [{ code: 'filtered', what: 'only one file was run' }] },
  publication: { status: 'withheld', comments: [], record: null },
}
const silent = /^$/

const ends: readonly End[] = [
  ...stops,
  ...proofs,
  {
    ...{ name: 'a release', inputs: gate, played: released },
    ...{ code: '0', check: 'success', summary: /^## RELEASE: 28 of 28/ },
  },
  {
    ...{ name: 'a release that nobody asked a check run for', played: released },
    ...{ code: '0', check: null, summary: /^## RELEASE/ },
  },
  {
    // Also what a configuration that got lost leads to: a demanded check `canary-gate` is not there.
    ...{ name: 'a rehearsal', inputs: gate, played: { exitCode: 0, evidence: rehearsed } },
    ...{ code: '0', check: 'success', checkName: 'canary-gate (rehearsal)' },
    ...{ summary: /\*\*Rehearsal\*\*/, annotation: /^::notice .*title=This was a rehearsal/m },
  },
  ...['Gate', 'proof', ' prove', 'gate;prove', '$(true)'].map((command): End => ({
    name: `the command ${JSON.stringify(command)}, which does not exist`,
    ...{ inputs: { ...gate, command }, played: released, code: '2', check: null },
    ...{ summary: silent, annotation: /^::error::the input command is .*; write gate or prove/m },
  })),
  {
    ...{ name: 'a waived stop', inputs: gate, played: { exitCode: 8, evidence: waivedEvidence() } },
    ...{ code: '8', check: 'action_required', summary: /^## WAIVED/ },
  },
  {
    ...{ name: 'a weakened run', inputs: gate, played: { exitCode: 1, evidence: weakened } },
    ...{ code: '1', check: 'neutral', summary: /^## HOLD/, annotation: /^::warning .*filtered/m },
  },
  {
    name: 'evidence of a release, and a program that ended otherwise',
    ...{ inputs: gate, played: { exitCode: 1, evidence: releasedEvidence() } },
    ...{ code: '1', check: null, summary: /^## RELEASE/ },
  },
  {
    name: 'evidence of a stop, and a program that ended well',
    ...{ inputs: gate, played: { exitCode: 0, evidence: stoppedAt(0, 'fail') } },
    ...{ code: '3', check: 'failure', summary: /^## HOLD/ },
  },
  {
    ...{ name: 'no word, and an end as if all was well', inputs: gate },
    ...{ played: { exitCode: 0, evidence: null }, code: '3', check: null, summary: silent },
  },
  {
    ...{ name: 'no word, and a failure', inputs: gate },
    ...{ played: { exitCode: 3, evidence: null }, code: '3', check: null, summary: silent },
  },
  {
    ...{ name: 'killed', inputs: gate, code: '137', check: null, summary: silent },
    played: { exitCode: 0, evidence: null, killed: true },
  },
  {
    ...{ name: 'evidence that is cut off', inputs: gate },
    ...{ played: { exitCode: 0, evidence: '{"verdict":"rel' }, code: '3' },
    ...{ check: null, summary: silent },
  },
  {
    ...{ name: 'evidence that is not evidence', inputs: gate },
    ...{ played: { exitCode: 0, evidence: '{"verdict":"release"}' }, code: '3' },
    ...{ check: null, summary: silent },
  },
  {
    name: 'a configuration that is not valid',
    inputs: { ...gate, config: 'live.toml' },
    ...{ played: { exitCode: 2, evidence: null }, code: '2', check: null, summary: silent },
  },
  {
    name: 'a release whose token may not write checks',
    ...{ inputs: gate, played: released, token: 'appReads', fails: true },
    ...{ code: '0', check: null, summary: /^## RELEASE/ },
  },
  {
    name: 'a release whose token is that of a person',
    ...{ inputs: gate, played: released, token: 'person', fails: true },
    ...{ code: '0', check: null, summary: /^## RELEASE/ },
  },
  {
    name: 'a release of a commit that GitHub does not know',
    ...{ inputs: gate, played: released, sha: 'd'.repeat(40), fails: true },
    ...{ code: '0', check: null, summary: /^## RELEASE/ },
  },
]

interface Played {
  readonly job: JobResult
  readonly github: GitHubServer
}

const played = new Map<string, Played>()

beforeAll(async () => {
  await sideBySide(ends, 2, async (end) => {
    played.set(end.name, await play(end))
  })
})

async function play(end: End): Promise<Played> {
  const account = { kind: 'app', login: 'github-actions[bot]', access: 'write' } as const
  const github = await startGitHub({
    accounts: [
      { ...account, token: tokens.app },
      { ...account, token: tokens.appReads, access: 'read' },
      { token: tokens.person, login: 'person', kind: 'user', access: 'write' },
    ],
    repositories: [{ fullName: repository, commits: [{ sha, message: 'Change', parents: [] }] }],
  })
  const folder = await mkdtemp(join(tmpdir(), 'job-'))
  try {
    const job = await runAction({
      ...{ folder, program, repository, apiUrl: github.url, sha: end.sha ?? sha },
      ...{ inputs: end.inputs ?? {}, token: tokens[end.token ?? 'app'] },
      env: { END: JSON.stringify(end.played) },
    })
    return { job, github }
  } finally {
    await github.close()
    await rm(folder, { recursive: true })
  }
}

spec('GATE/FR-010', 'at least thirty ends of the action are played', () => {
  expect(new Set(ends.map(({ name }) => name)).size).toBeGreaterThanOrEqual(30)
})

for (const end of ends)
  spec('GATE/FR-010', `the action shows what came of the run: ${end.name}`, () => {
    const { job, github } = played.get(end.name)!
    const isGood = end.code === '0' && end.fails !== true
    expect({ ...job, outputs: job.outputs }).toMatchObject({
      conclusion: isGood ? 'success' : 'failure',
      outputs: { verdict: end.code },
    })
    expect(job.summary).toMatch(end.summary)
    if (end.annotation !== undefined) expect(job.log).toMatch(end.annotation)
    const runs = github.state.repositories[0]!.checkRuns
    expect(runs.map(({ conclusion }) => conclusion)).toEqual(end.check === null ? [] : [end.check])
    expect(runs.every(({ name }) => name === (end.checkName ?? 'canary-gate'))).toBe(true)
    expect(runs.every(({ head_sha: of }) => of === sha)).toBe(true)
    expect(github.violations).toEqual([])
    const hasEvidence = end.played.evidence !== null && end.code !== '2'
    expect(job.uploaded).toHaveLength(hasEvidence ? 1 : 0)
  })
