import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Gate } from '@canary-gate/gate-kernel'
import { gateConfig, gateNamed, refuseOldNode } from '@canary-gate/reporters'
import { gate } from './gate/gate.ts'

refuseOldNode()

/** The gate of this project's own packages; an installed package has only that of Phase 4. */
const ofRelease = join(import.meta.dirname, 'release', 'gate.ts')
const others = existsSync(ofRelease)
  ? [((await import(pathToFileURL(ofRelease).href)) as { gate: Gate }).gate]
  : []
const followed = gateNamed<Gate>([gate, ...others])

/** What the specs of a checkout name; an installed package has the gate's own tests only. */
const { register } = existsSync(join(import.meta.dirname, 'specs', 'register.ts'))
  ? await import('./specs/register.ts')
  : { register: [] }

/** Most specs wait for programs, which wait for disks and each other: more of them than cores keep these busy. */
const side = {
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  // No spec measures time; this only ends one that hangs, on a busy machine as well.
  testTimeout: 240_000,
  hookTimeout: 240_000,
  sequence: { groupOrder: 1 },
} as const

// `npx vitest run gate` proves the requirements one after the other, in the order of their table;
// `npx vitest run release` those of the release gate; `npm run specs` runs the offline specs in parallel;
// `npm run acceptance` what takes longer: real tools, packages that are installed elsewhere.
export default gateConfig(followed, {
  globalSetup: `fixtures/${followed === gate ? 'rehearsal' : 'release-world'}/global-setup.ts`,
  register,
  beginsFirst: ({ moduleId }) => moduleId.includes('/specs/acceptance/real-tools/'),
  projects: [
    {
      test: {
        ...side,
        name: 'specs',
        include: ['specs/**/*.test.ts'],
        exclude: ['specs/acceptance/**'],
      },
    },
    {
      test: {
        ...side,
        name: 'acceptance',
        include: ['specs/acceptance/**/*.test.ts'],
        exclude: ['specs/acceptance/own-packages/**'],
        testTimeout: 900_000,
        hookTimeout: 900_000,
      },
    },
    {
      // Installs sixteen candidates of the project's own packages: `npm run own-packages`.
      test: {
        ...side,
        name: 'own-packages',
        include: ['specs/acceptance/own-packages/*.test.ts'],
        testTimeout: 1_800_000,
        hookTimeout: 1_800_000,
      },
    },
  ],
})
