import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type GitHubOptions,
  type GitHubServer,
  issueOf,
  repositories,
  startGitHub,
  tokens,
  usualSeed,
} from '../../fixtures/github/index.ts'
import type { GitHubSeed } from '../../fixtures/github/index.ts'
import type { GitHub } from '../../packages/gate-kernel/src/github/github.ts'
import { openGitHub } from '../../packages/phase4-gate/src/github/open.ts'
import type { HttpClientOptions } from '../../packages/gate-kernel/src/github/http-client.ts'
import { withMarker } from '../../packages/gate-kernel/src/publication/marker.ts'
import {
  type PollPolicy,
  systemClock,
} from '../../packages/gate-kernel/src/publication/poll-policy.ts'
import type { Fact } from '../../packages/phase4-gate/src/run/facts.ts'
import { openFacts } from '../../packages/phase4-gate/src/run/run.ts'
import type { GateRun } from '../../packages/phase4-gate/src/run/run.ts'
import type { World } from '../../packages/phase4-gate/src/world/schema.ts'

export const wheelSha256 = 'a'.repeat(64)

export const comments = (run: string, candidate = wheelSha256): { 41: string; 1038: string } => ({
  41: withMarker('All sixteen cells pass.', { run, candidate, issue: 41 }),
  1038: withMarker('Identity boundary 4/4.', { run, candidate, issue: 1038 }),
})

/** Looks three times without a pause: time is not what these specs are about. */
export const impatient: PollPolicy = {
  ...{ settleMs: [0, 5, 20], lateMs: 1500, requestMs: 0, listedMs: 1500, undoneMs: 0 },
  ...{ attempts: 4, clock: systemClock },
}

/** A GitHub and runs whose two comments are rendered, checked and wait for publication. */
export interface Scene extends AsyncDisposable {
  readonly server: GitHubServer
  readonly world: World
  /** Opens a run by name; the same name is the same run. */
  run(id: string, candidate?: string): Promise<GateRun>
  github(env?: Record<string, string>, options?: HttpClientOptions): Promise<GitHub>
  /** Comments on an issue that carry a gate's marker. */
  readonly marked: (issue: number) => string[]
  /** How many requests with this method reached GitHub's REST interface. */
  readonly sent: (method: string) => number
  /** Waits until the server has received a request of this name. */
  readonly arrived: (name: string) => Promise<void>
}

export async function openScene(
  seed: GitHubSeed = usualSeed(),
  options: GitHubOptions & { readonly change?: Partial<World['github']> } = {},
): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'publication-'))
  const server = await startGitHub(seed, options)
  const world = worldWith(server.url, options.change)
  return {
    server,
    world,
    run: (id, candidate) => openRunIn(folder, world, id, candidate),
    github: (env = { GITHUB_TOKEN: tokens.operator }, lineOptions = {}) =>
      openGitHub(world, env, { retryDelaysMs: [1, 1], ...lineOptions }),
    marked: (issue) =>
      issueOf(server.state, issue)
        .comments.map(({ body }) => body)
        .filter((body) => body.includes('<!-- canary-gate')),
    sent: (method) =>
      server.requests.filter((one) => one.method === method && one.path !== '/graphql').length,
    async arrived(name) {
      while (!server.requests.some((request) => request.name === name)) await pause(10)
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** A health snapshot that says nothing but when it was taken. */
export function snapshotOf(takenAt: Date): Fact<'snapshotBeforeFourRuns'> {
  const drain = { infraTerminalFailed: 0, businessRuleRejected: 22, retryable: 0 }
  return {
    ...{ takenAt: takenAt.toISOString(), image: '', gitSha: '', eventsVersion: '5.1.0' },
    ...{ health: {}, ready: {}, drain: { ...drain, oldestPendingAgeSeconds: null } },
  }
}

/** Only its `github` part is looked at by what is specified here. */
export function worldWith(apiUrl: string, change: Partial<World['github']> = {}): World {
  const github: World['github'] = {
    ...{ apiUrl, repositories, tokenEnv: 'GITHUB_TOKEN', timeoutMs: 2000, longestWaitMs: 0 },
    readBackAfterMs: 500,
    ...change,
  }
  return { github } as World
}

async function openRunIn(
  folder: string,
  world: World,
  id: string,
  candidate = wheelSha256,
): Promise<GateRun> {
  const runFolder = join(folder, 'runs', id)
  await mkdir(runFolder, { recursive: true })
  const facts = openFacts(runFolder)
  const { 41: e2e41, 1038: tracker1038 } = comments(id, candidate)
  await facts.write('comments', { e2e41, tracker1038 })
  await facts.write('snapshotBeforeFourRuns', snapshotOf(new Date()))
  return { id, folder: runFolder, world, facts, progress: () => undefined }
}
