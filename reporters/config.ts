import type { Gate } from '@canary-gate/gate-kernel'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { ConsoleReporter } from './console-reporter.ts'
import type { GateConfigOptions } from './options.ts'
import { pinnedConfig } from './pinned-config.ts'
import { evidencePlugin } from './plugin.ts'

/**
 * The Vitest configuration of a gate: its requirements one after the other, in the order of its table,
 * each in a process of its own. What is pinned here is compared with the resolved configuration before
 * anything is released (reference.ts).
 */
export function gateConfig(gate: Gate, options: GateConfigOptions = {}): ViteUserConfig {
  const { root, test } = pinnedConfig(gate, options.globalSetup, options.beginsFirst)
  return defineConfig({
    root,
    plugins: [evidencePlugin(gate, options)],
    test: {
      ...test,
      reporters: [new ConsoleReporter(gate.folder)],
      projects: [...test.projects, ...(options.projects ?? [])],
    },
  })
}
