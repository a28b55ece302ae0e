import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { openRun, type GateRun } from '../../packages/phase4-gate/src/run/run.ts'
import { worldSchema, type WorldInput } from '../../packages/phase4-gate/src/world/schema.ts'

/** A run in a temporary workspace, with a world whose parts a spec may replace. */
export interface TestRun extends AsyncDisposable {
  readonly run: GateRun
  readonly root: string
  readonly progress: string[]
}

/** Overrides by top-level part of the world; the rest points at nothing that answers. */
export type WorldParts = Partial<Pick<WorldInput, 'github' | 'service' | 'canary' | 'teamspace'>>

export async function testRun(parts: (root: string) => WorldParts = () => ({})): Promise<TestRun> {
  const root = await mkdtemp(join(tmpdir(), 'workspace-'))
  const folder = join(root, 'runs', 'run-1')
  for (const name of ['cli', 'events', 'e2e', 'home', 'pipx', 'bin', 'logs']) {
    await mkdir(join(root, name), { recursive: true })
  }
  await mkdir(folder, { recursive: true })
  const world = worldSchema.parse({ ...plainWorld(root), ...parts(root) })
  await writeFile(join(folder, 'world.json'), JSON.stringify(world))
  const progress: string[] = []
  const run = await openRun(folder, (message) => progress.push(message))
  return { run, root, progress, [Symbol.asyncDispose]: () => remove(root) }
}

/** Sealed folders are read-only, so they are made writable before they are removed. */
export function remove(root: string): Promise<void> {
  execFileSync('chmod', ['-R', 'u+w', root])
  execFileSync('rm', ['-rf', root])
  return Promise.resolve()
}

function plainWorld(root: string): WorldInput {
  const nowhere = 'http://127.0.0.1:9'
  return {
    name: 'spec',
    workspace: root,
    checkouts: { cli: join(root, 'cli'), events: join(root, 'events'), e2e: join(root, 'e2e') },
    github: {
      apiUrl: nowhere,
      repositories: { cli: 'owner/cli', events: 'owner/events', e2e: 'owner/e2e' },
    },
    candidate: {
      indexUrl: nowhere,
      installer: {
        kind: 'pipx',
        command: ['false'],
        home: join(root, 'pipx'),
        binDir: join(root, 'bin'),
      },
    },
    fixes: { criteria: { '1141': 'none', '1182': 'none' }, testCommand: ['false'] },
    service: { url: nowhere, retryAfterMs: 10, timeoutMs: 500 },
    canary: {
      command: ['false'],
      cwd: join(root, 'e2e'),
      timeoutMs: 10_000,
      home: join(root, 'home'),
    },
    teamspace: {
      command: ['false'],
      cwd: join(root, 'e2e'),
      timeoutMs: 10_000,
      logs: join(root, 'logs'),
    },
  }
}
