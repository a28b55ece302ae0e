import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import type { ViteUserConfig } from 'vitest/config'
import { createVitest } from 'vitest/node'
import { shortGate } from '../../fixtures/short-run/definition.ts'
import { gateConfig } from '../../reporters/config.ts'
import {
  addedSettings,
  addedTo,
  referenceOf,
  type Settings,
  settingsOf,
} from '../../reporters/reference.ts'
import { ConsoleReporter } from '../../reporters/console-reporter.ts'
import { unexpectedReporters } from '../../reporters/own-reporters.ts'
import { gate } from '../../gate/gate.ts'
import { TraceReporter } from '../../reporters/trace-reporter.ts'
import { spec } from '../spec.ts'

let folder = ''
let reference: Settings = new Map()
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pinned-'))
  reference = await referenceOf(shortGate(folder), undefined)
})
afterAll(() => rm(folder, { recursive: true }))

type Config = ViteUserConfig & { test: { projects: { test: object }[] } & Record<string, unknown> }

/** What a run under a configuration has in addition to the pinned one. */
async function addedBy(change: (config: Config) => void): Promise<string[]> {
  return addedSettings(reference, await settingsUnder(shortGate(folder), change))
}

async function settingsUnder(
  gate: ReturnType<typeof shortGate>,
  change: (config: Config) => void,
): Promise<Settings> {
  const config = gateConfig(gate) as Config
  // The reporter would begin a run of the gate; its plugin alone is what is compared.
  config.plugins = [{ name: 'canary-gate:evidence' }]
  change(config)
  const vitest = await createVitest({ config: false, root: folder, watch: false }, config)
  try {
    return settingsOf(gate, vitest)
  } finally {
    await vitest.close()
  }
}

spec('GATE/FR-008', 'the configuration that gateConfig makes has nothing in addition', async () => {
  expect(await addedBy(() => undefined)).toEqual([])
})

spec('GATE/FR-008', 'a configuration that cannot be compared is not the pinned one', async () => {
  const run = new Map([['gate: bail', '1']])
  expect(await addedTo(Promise.resolve(run), run)).toEqual([])
  const [only] = await addedTo(Promise.reject(new Error('no port is free')), run)
  expect(only).toContain('no port is free')
})

spec(
  'GATE/FR-008',
  'the first run of a machine, and one without a home, have nothing in addition',
  async () => {
    const fresh = await mkdtemp(join(tmpdir(), 'first-home-'))
    try {
      for (const first of [fresh, join(folder, 'is-not-there', 'home')]) {
        vi.stubEnv('HOME', first)
        // The run is there before what it is compared with.
        const gate = shortGate(folder)
        const run = await settingsUnder(gate, () => undefined)
        expect(addedSettings(await referenceOf(gate, undefined), run)).toEqual([])
      }
    } finally {
      vi.unstubAllEnvs()
      await rm(fresh, { recursive: true })
    }
  },
)

/** Settings of a project of Vitest that nothing of ours names, and a value that is not their default. */
const ofATest: Readonly<Record<string, unknown>> = {
  alias: { '@canary-gate/phase4-gate': '/elsewhere' },
  globals: true,
  env: { ANSWERS: 'prepared' },
  runner: './runner.ts',
  snapshotFormat: { printBasicPrototype: true },
  fakeTimers: { now: 0 },
  server: { deps: { inline: ['execa'] } },
  deps: { moduleDirectories: ['vendored'] },
  environmentOptions: { jsdom: {} },
  onConsoleLog: () => false,
  onUnhandledError: () => false,
  expect: { requireAssertions: true },
  diff: { expand: true },
  mockReset: true,
  restoreMocks: true,
  unstubEnvs: true,
  hookTimeout: 1,
  teardownTimeout: 1,
  slowTestThreshold: 1,
  chaiConfig: { truncateThreshold: 1 },
  includeTaskLocation: true,
  sequence: { hooks: 'list' },
  provide: { runFolder: '/elsewhere' },
  includeSource: ['gate/*.ts'],
  printConsoleTrace: true,
  css: true,
}

/** The same for Vite, at the top of the file and in the project of the gate. */
const ofVite: Readonly<Record<string, unknown>> = {
  plugins: [{ name: 'answers', transform: () => 'export const checks = {}' }],
  'plugins with the name of one of ours': [{ name: 'canary-gate:evidence' }],
  'plugins with a name of Vite': [{ name: 'vite:define', enforce: 'pre' }],
  resolve: { alias: { 'node:fs': '/elsewhere' } },
  'resolve of conditions': { conditions: ['prepared'] },
  define: { 'process.env.CANARY_GATE_CONFIG': 'undefined' },
  oxc: { target: 'es2015' },
  assetsInclude: ['**/*.ts'],
  envPrefix: 'CANARY_',
  ssr: { noExternal: ['execa'] },
  publicDir: 'gate',
}

const keyOf = (name: string): string => name.split(' ')[0] ?? name

spec(
  ['GATE/FR-008', 'GATE/FR-011'],
  'whatever a configuration has in addition is seen, wherever it was added',
  async () => {
    const unseen: string[] = []
    const changes: [string, (config: Config) => void][] = [
      ...Object.entries(ofATest).map(([name, value]): [string, (config: Config) => void] => [
        `test.${name}`,
        ({ test }) => Object.assign(test.projects[0]?.test ?? {}, { [name]: value }),
      ]),
      ...Object.entries(ofVite).flatMap(([name, value]): [string, (config: Config) => void][] => {
        const key = keyOf(name)
        const more = (before: unknown): unknown =>
          key === 'plugins' ? [...((before ?? []) as unknown[]), ...(value as unknown[])] : value
        return [
          [
            `${name} of the gate`,
            ({ test }) => {
              const own = test.projects[0] as unknown as Record<string, unknown>
              own[key] = more(own[key])
            },
          ],
          [
            `${name} of the file`,
            (config) => {
              const own = config as unknown as Record<string, unknown>
              own[key] = more(own[key])
            },
          ],
        ]
      }),
    ]
    for (const [name, change] of changes) {
      const added = await addedBy(change).catch(() => ['refused by Vitest'])
      if (added.length === 0) unseen.push(name)
    }
    expect(unseen).toEqual([])
  },
)

spec('GATE/FR-008', 'a reporter is one of ours by what it is, not by its name', () => {
  class Asking {
    readonly asks = true
  }
  const ours = [new ConsoleReporter('gate'), new Asking(), new TraceReporter(gate, [])]
  const added = (...more: unknown[]): string[] =>
    unexpectedReporters({ reporters: [...ours, ...more] as never }, Asking)
  expect(added()).toEqual([])
  const sameName = {
    ConsoleReporter: class ConsoleReporter {
      readonly isOther = true
    },
  }
  const heir = new (class TraceReporter extends ConsoleReporter {})('gate')
  const patched = Object.assign(new Asking(), { onTestRunEnd: () => undefined })
  const others = [
    new sameName.ConsoleReporter(),
    heir,
    patched,
    new Asking(),
    {},
    'dot',
    ['json', {}],
  ]
  for (const other of [
    ...others,
    Object.create(null) as object,
    Object.create(ours[0] ?? null) as object,
  ])
    expect(added(other)).toHaveLength(1)
})
