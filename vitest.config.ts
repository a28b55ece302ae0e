import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { ConsoleReporter } from './reporters/console-reporter.ts'
import { GateSequencer } from './reporters/gate-sequencer.ts'
import { refuseOldNode } from './reporters/old-node.ts'
import { gateFiles, pinnedProject, pinnedRoot } from './reporters/pinned.ts'
import { evidencePlugin } from './reporters/plugin.ts'

refuseOldNode()

// Two projects: `npx vitest run gate` proves the requirements one after the other, in the order of
// the register; `npx vitest run specs` runs the offline specs side by side. What is pinned here is
// compared with the resolved configuration before anything is released (reporters/pinned.ts).
export default defineConfig({
  root: import.meta.dirname,
  plugins: [evidencePlugin(import.meta.dirname)],
  test: {
    ...pinnedRoot,
    reporters: [new ConsoleReporter()],
    sequence: { sequencer: GateSequencer },
    projects: [
      {
        test: {
          ...pinnedProject,
          setupFiles: [gateFiles.latch],
          globalSetup: [gateFiles.globalSetup],
          // A process per requirement loads the same libraries each time; Node keeps them compiled.
          // Programs that the gate starts don't see it (plainEnvironment).
          env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'gate') },
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'specs',
          include: ['specs/**/*.test.ts'],
          // Most specs wait for programs; on two cores Vitest's default would leave one of them idle.
          maxWorkers: '100%',
          // No spec measures time; this only ends one that hangs, on a busy machine as well.
          testTimeout: 240_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
