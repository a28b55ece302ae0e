import { extname, join } from 'node:path'
import { type Gate, unsafeVariables } from '@canary-gate/gate-kernel'
import type { ResolvedConfig } from 'vitest/node'

/** TypeScript in a checkout, JavaScript in an installed package. */
const suffix = extname(import.meta.filename)

interface PinnedFiles {
  readonly setupFiles: readonly string[]
  readonly globalSetup: readonly string[]
}

/**
 * Files that every run of a gate loads besides its tests, absolute: the latch, and what writes its world.
 *
 * @param globalSetup below the root and without regard to its suffix, if the gate has one of its own
 */
export function pinnedFiles(gate: Gate, globalSetup?: string): PinnedFiles {
  const own = join(import.meta.dirname, `world-setup${suffix}`)
  const given = globalSetup?.replace(/\.[cm]?[jt]s$/, '')
  return {
    setupFiles: [join(import.meta.dirname, `latch${suffix}`)],
    globalSetup: [given === undefined ? own : join(gate.root, `${given}${suffix}`)],
  }
}

/**
 * The one configuration under which a gate may release. Its vitest.config.ts is built from it and the
 * evidence reporter compares the resolved configuration with it, because options of the command
 * line beat every configuration file.
 */
export const pinnedRoot = {
  allowOnly: false,
  passWithNoTests: false,
  dangerouslyIgnoreUnhandledErrors: false,
} as const

const pinned = {
  exclude: [] as string[],
  environment: 'node',
  pool: 'forks',
  isolate: true,
  maxWorkers: 1,
  fileParallelism: false,
  bail: 1,
  retry: 0,
  // Each step has its own limit in the world; a limit on top would only blur whose fault a stop is.
  testTimeout: 0,
  allowOnly: false,
} as const

type PinnedProject = typeof pinned & { readonly name: string; readonly include: string[] }

/** The settings of the project of a gate: its name is that of its folder. */
export function pinnedProject({ folder }: Pick<Gate, 'folder'>): PinnedProject {
  return { name: folder, include: [`${folder}/**/*.test.{ts,js}`], ...pinned }
}

/** Options that every `vitest run` carries, or that change nothing but the colour of the output. */
const allowedOptions: Readonly<Record<string, (value: unknown) => boolean>> = {
  '--': (value) => Array.isArray(value) && value.length === 0,
  run: (value) => value === true,
  watch: (value) => value === false,
  color: () => true,
}

/**
 * Words of the command line in addition to `run <folder>`: other commands (`doctor` runs everything several
 * times) and further filters.
 */
export function unexpectedWords(words: readonly string[], folder: string): string[] {
  const [command, filter, ...others] = words.filter((word) => !word.startsWith('-'))
  const foreign = [
    command === 'run' ? [] : [command ?? 'none'],
    filter === folder ? [] : [filter ?? 'none'],
  ]
  return [...foreign.flat(), ...others]
}

/** Options of the command line that are not on the allow-list, as typed. */
export function unexpectedOptions(root: ResolvedConfig): string[] {
  const given: [string, unknown][] = Object.entries(root.cliOptions)
  return given
    .filter(([name, value]) => allowedOptions[name]?.(value) !== true)
    .map(([name, value]) => `--${name} ${JSON.stringify(value)}`)
}

/** Resolved settings that differ from the pinned ones. */
export function changedSettings(
  gate: Gate,
  globalSetup: string | undefined,
  root: ResolvedConfig,
  project: ResolvedConfig,
): string[] {
  return [
    ...differences('', settingsOfRun(root), { ...pinnedRoot, ...expectedOfRun }),
    ...differences(
      `${gate.folder}: `,
      settingsOfProject(project),
      expectedOfProject(gate, globalSetup),
    ),
  ]
}

/** Variables by which Vitest, or what is loaded into its processes, can do something else. */
export function unexpectedVariables(environment: NodeJS.ProcessEnv): string[] {
  const ofVitest = Object.keys(environment).filter(
    (name) => name.startsWith('VITEST_') && !SET_BY_VITEST.includes(name),
  )
  return [...ofVitest.sort(), ...unsafeVariables(environment)]
}

// Vitest sets these itself in the process that runs the reporters.
const SET_BY_VITEST: readonly string[] = ['VITEST_MODE']

type Settings = Readonly<Record<string, unknown>>

const expectedOfRun: Settings = {
  mode: 'test',
  watch: false,
  testNamePattern: undefined,
  tagsFilter: undefined,
  shard: undefined,
  related: undefined,
  changed: undefined,
  standalone: undefined,
  project: [],
  coverage: false,
  shuffle: false,
  mergeReports: undefined,
}

function settingsOfRun(root: ResolvedConfig): Settings {
  return {
    ...pick(root, Object.keys(pinnedRoot)),
    ...pick(root, [
      'mode',
      'watch',
      'shard',
      'related',
      'changed',
      'standalone',
      'project',
      'mergeReports',
    ]),
    testNamePattern: root.testNamePattern?.source,
    tagsFilter: root.tagsFilter,
    coverage: root.coverage.enabled,
    shuffle: shuffleOf(root),
  }
}

function expectedOfProject(gate: Gate, globalSetup: string | undefined): Settings {
  return {
    ...pinnedProject(gate),
    ...pinnedFiles(gate, globalSetup),
    shuffle: false,
    concurrent: false,
    typecheck: false,
    browser: false,
    runner: undefined,
    dir: undefined,
    repeats: undefined,
    execArgv: [],
  }
}

function settingsOfProject(project: ResolvedConfig): Settings {
  return {
    ...pick(project, ['name', 'include', ...Object.keys(pinned)]),
    ...pick(project, ['setupFiles', 'globalSetup', 'runner', 'dir', 'repeats', 'execArgv']),
    shuffle: shuffleOf(project),
    concurrent: project.sequence.concurrent ?? false,
    typecheck: project.typecheck.enabled,
    browser: project.browser.enabled,
  }
}

function shuffleOf(config: ResolvedConfig): boolean {
  // The resolved type says boolean; a project's own setting stays the object it was written as.
  const shuffle: unknown = config.sequence.shuffle
  return shuffle !== undefined && shuffle !== false
}

function pick(config: ResolvedConfig, names: readonly string[]): Settings {
  const all = config as unknown as Settings
  return Object.fromEntries(names.map((name) => [name, all[name]]))
}

function differences(prefix: string, actual: Settings, expected: Settings): string[] {
  return Object.entries(expected)
    .filter(([name, value]) => JSON.stringify(actual[name]) !== JSON.stringify(value))
    .map(([name, value]) => `${prefix}${name} is ${shown(actual[name])}, pinned is ${shown(value)}`)
}

function shown(value: unknown): string {
  return value === undefined ? 'unset' : JSON.stringify(value)
}
