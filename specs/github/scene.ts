import {
  type FaultPlan,
  type GitHubOptions,
  type GitHubSeed,
  type GitHubServer,
  startGitHub,
  tokens,
  usualSeed,
} from '../../fixtures/github/index.ts'
import type { GitHub } from '../../packages/gate-kernel/src/github/github.ts'
import { openGitHub } from '../../packages/phase4-gate/src/github/open.ts'
import { GitHubStop } from '../../packages/gate-kernel/src/github/stop.ts'
import type { World } from '../../packages/phase4-gate/src/world/schema.ts'
import { worldWith } from '../publication/scene.ts'

export interface Scene extends AsyncDisposable {
  readonly server: GitHubServer
  readonly github: GitHub
  /** The methods and what they asked for, in the order of arrival. */
  sent(): string[]
}

export interface SceneOptions {
  readonly seed?: GitHubSeed
  readonly faults?: FaultPlan
  readonly env?: Record<string, string>
  readonly change?: Partial<World['github']>
  readonly server?: Omit<GitHubOptions, 'faults'>
}

/** A local GitHub and the gate's client for it. */
export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const { seed = usualSeed(), faults = [], change } = options
  const server = await startGitHub(seed, { ...options.server, faults })
  const env = options.env ?? { GITHUB_TOKEN: tokens.operator }
  const world = worldWith(server.url, change)
  return {
    server,
    github: await openGitHub(world, env, { retryDelaysMs: [1, 1] }),
    sent: () => server.requests.map(({ name }) => name),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** The stop that a call ends with. */
export async function stopOf(call: Promise<unknown>): Promise<GitHubStop> {
  const outcome: unknown = await call.then(
    () => new Error('the call succeeded'),
    (error: unknown) => error,
  )
  if (outcome instanceof GitHubStop) return outcome
  throw outcome
}
