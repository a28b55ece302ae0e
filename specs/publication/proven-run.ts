import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll } from 'vitest'
import {
  type GitHubServer,
  repositories,
  startGitHub,
  tokens,
  usualSeed,
} from '../../fixtures/github/index.ts'
import { type HostedService, startHostedService } from '../../fixtures/service/index.ts'
import { verifyRecord } from '../../packages/phase4-gate/src/installation/record.ts'
import type { Fact, FactName } from '../../packages/phase4-gate/src/run/facts.ts'
import type { CanaryRun } from '../../packages/phase4-gate/src/run/canary-run.ts'
import { openFacts } from '../../packages/phase4-gate/src/run/run.ts'
import type { GateRun } from '../../packages/phase4-gate/src/run/run.ts'
import { takeSnapshot } from '../../packages/phase4-gate/src/service/snapshot.ts'
import { worldSchema } from '../../packages/phase4-gate/src/world/schema.ts'

/** A run in which everything before the comments is proven: real program, history, files, servers. */
export interface ProvenRun extends AsyncDisposable {
  readonly run: GateRun
  readonly github: GitHubServer
  readonly service: HostedService
  /** Changes one fact on disk, as if an earlier requirement had proven something else. */
  readonly change: <Name extends FactName>(
    name: Name,
    how: (fact: Fact<Name>) => Partial<Fact<Name>>,
  ) => Promise<void>
}

export const digest = '5'.repeat(64)
const version = '3.2.0rc16'
const eventsCommit = 'e'.repeat(40)
const scenarios = [
  ...['Fresh Authenticated Mission', 'Legacy Queue Row Migration'],
  ...['Daemon Owner Mismatch Refusal', 'Review Rejection Force-Required Contract'],
]

export async function openProvenRun(): Promise<ProvenRun> {
  const workspace = await mkdtemp(join(tmpdir(), 'proven-'))
  const history = await sharedHistory()
  const { baseline, commit } = history
  const tags = [{ name: `v${version}`, commit, object: '7'.repeat(40) }]
  const commits = [{ sha: commit, message: 'rc16', parents: [baseline] }]
  const events = { tags: [{ name: 'v5.1.0', commit: eventsCommit }] }
  const github = await startGitHub(usualSeed({ cli: { ...cliIssues, tags, commits }, events }))
  const service = await startHostedService()
  const world = worldIn(workspace, history, github.url, service.url)
  const folder = join(workspace, 'artifacts/gate/run-1')
  const run: GateRun = {
    ...{ id: 'run-1', folder, world, facts: openFacts(folder) },
    progress: () => undefined,
  }
  process.env['PROVEN_RUN_TOKEN'] = tokens.operator
  await proveEverything(run, workspace, commit)
  return {
    ...{ run, github, service },
    async change(name, how) {
      const fact = await run.facts.read(name)
      await run.facts.write(name, Object.assign(fact, how(fact)))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([github.close(), service.close()])
      await rm(workspace, { recursive: true })
    },
  }
}

const cliIssues = {
  issues: [{ number: 1038, title: 'Teamspace MVP release tracker', state: 'open' as const }],
}

interface History {
  readonly folder: string
  readonly baseline: string
  readonly commit: string
}

/** The history is only read, so one serves all worlds of a file. */
let history: Promise<History> | undefined
const sharedHistory = (): Promise<History> => (history ??= makeHistory())
afterAll(async () => {
  if (history !== undefined) await rm((await history).folder, { recursive: true })
})

async function makeHistory(): Promise<History> {
  const folder = await mkdtemp(join(tmpdir(), 'proven-history-'))
  const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org']
  const git = async (...args: string[]): Promise<string> =>
    (await execa('git', [...identity, ...args], { cwd: folder })).stdout.trim()
  await git('init', '-q')
  const hashes: string[] = []
  for (const message of ['baseline', 'candidate']) {
    await git('commit', '-q', '--allow-empty', '-m', message)
    hashes.push(await git('rev-parse', 'HEAD'))
  }
  const [baseline = '', commit = ''] = hashes
  return { folder, baseline, commit }
}

function worldIn(
  workspace: string,
  { folder, baseline }: History,
  githubUrl: string,
  serviceUrl: string,
): GateRun['world'] {
  const at = (name: string): string => join(workspace, name)
  const program = { command: ['false'], cwd: workspace, timeoutMs: 1000 }
  return worldSchema.parse({
    ...{ name: 'specified', workspace },
    checkouts: { cli: folder, events: at('events'), e2e: at('e2e') },
    github: { apiUrl: githubUrl, repositories, tokenEnv: 'PROVEN_RUN_TOKEN' },
    candidate: {
      ...{ indexUrl: 'http://127.0.0.1:9', baseline },
      installer: { kind: 'pipx', command: ['false'], home: at('pipx'), binDir: at('bin') },
    },
    fixes: { criteria: { 1141: 'a', 1182: 'b' }, testCommand: ['false'] },
    service: { url: serviceUrl, retryAfterMs: 1 },
    canary: { ...program, home: at('home') },
    teamspace: { ...program, logs: at('logs') },
  })
}

async function proveEverything(run: GateRun, workspace: string, commit: string): Promise<void> {
  const { facts } = run
  const bin = join(workspace, 'bin/spec-kitty')
  await put(bin, `#!/bin/sh\necho "spec-kitty-cli version v${version}"\n`)
  await chmod(bin, 0o755)
  const { python, recordSha256 } = await installEmptyCandidate(workspace, bin)
  const snapshot = await takeSnapshot(run)
  await facts.write('preflight', snapshot)
  await facts.write('snapshotBeforeFourRuns', snapshot)
  await facts.write('historicalRows', { count: 22, contentSha256: digest })
  await facts.write('candidate', { tag: `v${version}`, version, commit, wheelSha256: digest })
  await facts.write('installation', {
    ...{ bin, python, version, distributionSha256: digest, recordSha256 },
    ...{ eventsVersion: '5.1.0', eventsTag: 'v5.1.0', eventsCommit },
  })
  await proveRuns(run)
  await proveTeamspace(run)
}

/** An environment with nothing in it but one module and the RECORD that names it. */
async function installEmptyCandidate(
  workspace: string,
  bin: string,
): Promise<{ python: string; recordSha256: string }> {
  const environment = join(workspace, 'pipx/venvs/spec-kitty-cli')
  const packages = join(environment, 'lib/python3.11/site-packages')
  const info = join(packages, `spec_kitty_cli-${version}.dist-info`)
  const module = 'pass\n'
  const hash = createHash('sha256').update(module).digest('base64url')
  await put(join(packages, 'specify_cli.py'), module)
  await put(join(info, 'METADATA'), `Name: spec-kitty-cli\nVersion: ${version}\n\n`)
  const record = `specify_cli.py,sha256=${hash},${module.length}\n`
  await put(join(info, 'RECORD'), record)
  const python = join(environment, 'bin/python')
  await put(python, '')
  const { sha256 } = await verifyRecord({ bin, python }, 'spec-kitty-cli')
  return { python, recordSha256: sha256 }
}

async function proveRuns({ facts, world }: GateRun): Promise<void> {
  const folder = join(world.checkouts.e2e, `artifacts/sync_identity_boundary/v${version}-attempt1`)
  const runs = [1, 2, 3, 4].map(canaryRun)
  const files = runs.map((run) => `runs/run-${run.run_number}.json`)
  for (const [index, file] of files.entries()) {
    await put(join(folder, file), JSON.stringify(runs[index]))
  }
  const [first] = runs
  await facts.write('attempt', { folder, number: 1, earlier: {} })
  await facts.write('seal', {
    ...{ manifest: 'MANIFEST.sha256', manifestSha256: digest, sealedAt: new Date().toISOString() },
  })
  await facts.write('single', {
    ...{ protocol: 'single', runs: first === undefined ? [] : [first] },
    ...{ files: ['run-1.json'], interventions: [] },
  })
  await facts.write('fourRun', { protocol: 'four-run', runs, files, interventions: [] })
}

function canaryRun(run_number: number): CanaryRun {
  return {
    ...{ outcome: 'pass', run_id: `01KS1W46ZAR9S9RJPQQJAMCV6${run_number}`, run_number },
    ...{ cli_version: version, events_package_version: '5.1.0' },
    timestamp: '2026-05-20T10:00:00Z',
    scenarios: scenarios.map((name, index) => ({
      ...{ id: index + 1, name, status: 'pass' as const },
      ...{ failure_mode: null, details: null },
    })),
  }
}

async function proveTeamspace({ facts, world }: GateRun): Promise<void> {
  const runs = [1, 2, 3, 4].map((number) => {
    const log = join(world.teamspace.logs, `teamspace-canary-run-${number}.log`)
    return { number, passed: true, tests: 11, log, junit: null }
  })
  for (const { log } of runs) await put(log, '11 passed\n')
  await facts.write('teamspace', { runs })
}

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

/** Edits a file of the proven run as somebody might who should not. */
export async function edit(file: string, how: (text: string) => string): Promise<void> {
  await writeFile(file, how(await readFile(file, 'utf8')))
}
