import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { type CandidateName, realCandidates } from '../../../fixtures/real-tools/candidates.ts'
import type { DeploymentName } from '../../../fixtures/real-tools/deployments.ts'
import { startGitHub } from '../../../fixtures/github/index.ts'
import {
  CLI_REPOSITORY,
  homesBelow,
  programBeside,
  runFor,
} from '../../../fixtures/real-tools/gated-candidate.ts'
import { findOwnNetwork, type OwnNetwork } from '../../../fixtures/real-tools/own-network.ts'
import type { Play, Played } from '../../../fixtures/real-tools/play-canary.ts'
import { preparePythonTools } from '../../../fixtures/real-tools/python-tools.ts'
import { readPublished } from '../../../packages/phase4-gate/src/candidates/package-index.ts'
import { verifyCandidateInstalled } from '../../../packages/phase4-gate/src/installation/requirements.ts'
import type { GateRun } from '../../../packages/phase4-gate/src/run/run.ts'
import { GateStop } from '../../../packages/gate-kernel/src/stop/verdict.ts'

/** Everything that is under way, or why nothing can be. */
export type Stage =
  | {
      readonly kind: 'open'
      /** FR-003 for a candidate; the run it was proven in. */
      installed(name: CandidateName): Promise<GateRun>
      played(name: CandidateName, deployment: DeploymentName): Promise<Played>
      close(): Promise<void>
    }
  | { readonly kind: 'closed'; readonly reason: string }

export interface PlannedPlay {
  readonly candidate: CandidateName
  readonly deployment: DeploymentName
  readonly historicRollback?: boolean
}

/**
 * Installations keep a core busy, so they follow one another, that of the longest play first. Plays
 * wait for their service most of the time, so all may go on at once, also on two cores.
 */
const installationsAtOnce = 1
const playsAtOnce = 4
const playLimitMs = 900_000

/**
 * Installs every candidate and then plays the canary for every plan, the longest first, in the
 * background; the specs wait for what they look at. Closed, with the reason, without an index or a network of one's own.
 */
export async function openStage(plans: readonly PlannedPlay[]): Promise<Stage> {
  const network = await findOwnNetwork()
  if (network.kind === 'missing') return { kind: 'closed', reason: network.reason }
  const tools = await preparePythonTools()
  if (tools.kind === 'missing') return { kind: 'closed', reason: tools.reason }
  const lacking = await versionsLacking(tools.indexUrl)
  if (lacking !== null) return { kind: 'closed', reason: lacking }
  const root = await mkdtemp(join(tmpdir(), 'real-tools-'))
  // Candidates that are later than the one of a run are on the index, and have no tag.
  const github = await startGitHub({ accounts: [], repositories: [{ fullName: CLI_REPOSITORY }] })
  const installing = lanes(installationsAtOnce)
  const playing = lanes(playsAtOnce)
  const runs = mapNames((name) =>
    installing(async () => {
      const workspace = join(root, name)
      await mkdir(workspace)
      const run = await runFor(realCandidates[name], tools, network, workspace, github.url)
      await verifyCandidateInstalled(run)
      return run
    }),
  )
  const plays = new Map(
    plans.map((plan) => [
      keyOf(plan.candidate, plan.deployment),
      observed(runs[plan.candidate].then((run) => playing(() => play(plan, run, network, root)))),
    ]),
  )
  return {
    kind: 'open',
    installed: (name) => runs[name],
    played: (name, deployment) =>
      plays.get(keyOf(name, deployment)) ?? Promise.reject(new Error('this play was not planned')),
    async close() {
      await Promise.allSettled([...Object.values(runs), ...plays.values()])
      await github.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** Why the index cannot be used. Where it lacks a version, the reason says which ones it has. */
async function versionsLacking(indexUrl: string): Promise<string | null> {
  const published = await readPublished(indexUrl, 'spec-kitty-cli').catch(unreadable)
  if (typeof published === 'string') return published
  const lacking = Object.values(realCandidates).filter(({ version }) => !published.has(version))
  if (lacking.length === 0) return null
  const has = [...published.keys()].filter((version) => version.includes('rc')).join(', ')
  return `the index lacks ${lacking.map(({ version }) => version).join(', ')}; it has ${has}`
}

/** pip may reach an index that others do not, for example through a proxy. */
function unreadable(error: unknown): string {
  if (error instanceof GateStop) return `${error.report.what} (${error.report.where})`
  throw error
}

async function play(
  plan: PlannedPlay,
  run: GateRun,
  network: OwnNetwork,
  root: string,
): Promise<Played> {
  const { python } = await run.facts.read('installation')
  const folder = join(root, `${plan.candidate}-${plan.deployment}`)
  await mkdir(folder)
  const asked: Play = {
    bin: programBeside(python),
    python,
    deployment: plan.deployment,
    folder,
    historicRollback: plan.historicRollback ?? false,
  }
  const program = join(
    import.meta.dirname,
    '..',
    '..',
    '..',
    'fixtures',
    'real-tools',
    'play-canary.ts',
  )
  const [file = '', ...words] = network.prefix
  const { stdout } = await execa(
    file,
    [...words, process.execPath, program, JSON.stringify(asked)],
    {
      extendEnv: false,
      env: { ...homesBelow(folder), PATH: process.env['PATH'] ?? '', TMPDIR: folder },
      stdin: 'ignore',
      timeout: playLimitMs,
    },
  )
  return JSON.parse(stdout) as Played
}

function mapNames<Value>(
  make: (name: CandidateName) => Promise<Value>,
): Readonly<Record<CandidateName, Promise<Value>>> {
  const names = Object.keys(realCandidates) as CandidateName[]
  return Object.fromEntries(names.map((name) => [name, observed(make(name))])) as Record<
    CandidateName,
    Promise<Value>
  >
}

/** A failure belongs to the spec that looks at it; until one does, it must not end the process. */
function observed<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined)
  return promise
}

/** Lets at most `width` tasks run at a time, in the order in which they came. */
function lanes(width: number): <Value>(task: () => Promise<Value>) => Promise<Value> {
  const ends: Promise<unknown>[] = Array.from({ length: width }, () => Promise.resolve())
  let next = 0
  return (task) => {
    const place = next++ % width
    const result = (ends[place] ?? Promise.resolve()).then(task)
    ends[place] = result.catch(() => undefined)
    return result
  }
}

function keyOf(name: CandidateName, deployment: DeploymentName): string {
  return `${name} ${deployment}`
}
