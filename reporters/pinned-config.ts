import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Gate } from '@canary-gate/gate-kernel'
import type { TestProjectConfiguration, TestUserConfig } from 'vitest/config'
import type { GateConfigOptions } from './options.ts'
import { pinnedFiles, pinnedProject, pinnedRoot } from './pinned.ts'
import { sequencerOf } from './sequencer.ts'

interface PinnedConfig {
  readonly root: string
  readonly test: TestUserConfig & { projects: TestProjectConfiguration[] }
}

/** What decides a run of the gate: everything but reporters and the projects of other tests. */
export function pinnedConfig(
  gate: Gate,
  globalSetup: string | undefined,
  beginsFirst: GateConfigOptions['beginsFirst'] = () => false,
): PinnedConfig {
  const files = pinnedFiles(gate, globalSetup)
  const own = {
    ...pinnedProject(gate),
    setupFiles: [...files.setupFiles],
    globalSetup: [...files.globalSetup],
    // A process for each requirement loads the same libraries each time; Node keeps them compiled.
    // Programs that the gate starts do not see it (plainEnvironment).
    env: compileCacheOf(gate.root),
    server: { deps: { external: [/\/packages\/[^/]+\/src\//] } },
    sequence: { groupOrder: 0 },
  }
  return {
    root: gate.root,
    test: {
      ...pinnedRoot,
      sequence: { sequencer: sequencerOf(gate, beginsFirst) },
      projects: [{ test: own }],
    },
  }
}

/** Vite makes a folder of modules where there was none: a run keeps to what was found first. */
const found = new Map<string, Record<string, string>>()

function compileCacheOf(root: string): Record<string, string> {
  const modules = join(root, 'node_modules')
  const env =
    found.get(root) ??
    (existsSync(modules) ? { NODE_COMPILE_CACHE: join(modules, '.cache', 'gate') } : {})
  found.set(root, env)
  return env
}
