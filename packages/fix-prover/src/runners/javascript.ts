import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readEvents } from './events.ts'
import { readJestReport } from './jest-report.ts'
import { endedOf, ownFolder, runTestProgram } from './program.ts'
import { type RunRequest, type Suite, suiteOf, type TestRun } from './runner.ts'
import { showOnDisk } from './shown.ts'
import { readTap } from './tap-report.ts'

/** One of the JavaScript runners: the words that make it run some files and write a report. */
export interface JavascriptRunner {
  readonly name: string
  /** Package whose program is started; null where Node itself is the runner. */
  readonly bin: readonly [packageName: string, bin: string] | null
  words(request: JavascriptRun): readonly string[]
  readonly env?: (request: JavascriptRun) => Readonly<Record<string, string>>
  read(
    request: JavascriptRun,
    ended: Parameters<typeof readEvents>[2],
    stdout: string,
  ): Promise<TestRun>
  /** Each file in a run of its own: for runners that report nothing if one file cannot be loaded. */
  readonly oneByOne?: true
}

export interface JavascriptRun extends RunRequest {
  /** The file that the report goes to. */
  readonly report: string
  /** Files relative to the package's folder. */
  readonly relative: readonly string[]
  /** Flags of Node that the project's own script gives (`--import tsx`). */
  readonly nodeFlags: readonly string[]
  /** Options of the runner that the project's own script gives (`--require ts-node/register`). */
  readonly options: readonly string[]
}

function reporter(name: string): string {
  return fileURLToPath(new URL(`./reporters/${name}`, import.meta.url))
}

/** The titles to run as one pattern, where every file of the run has a choice. */
function titles({ only, files }: JavascriptRun): string | null {
  if (only === undefined || files.some((file) => !only.has(file))) return null
  const names = files.flatMap((file) => only.get(file) ?? [])
  return `(?:${names.map((name) => name.replace(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)).join('|')})$`
}

function choice(flag: string, run: JavascriptRun): readonly string[] {
  const pattern = titles(run)
  return pattern === null ? [] : [`${flag}${pattern}`]
}

const nodeTest: JavascriptRunner = {
  name: 'node:test',
  bin: null,
  words: (run) => [
    ...run.nodeFlags,
    ...choice('--test-name-pattern=', run),
    ...['--test', `--test-timeout=${Math.round(run.timeoutMs / 3)}`],
    `--test-reporter=${reporter('node-test.mjs')}`,
    `--test-reporter-destination=${run.report}.out`,
    // Node reads a path as a pattern.
    ...run.relative.map((path) => path.replaceAll(/[*?[{(]/g, '[$&]')),
  ],
  read: (request, ended) => readEvents(request.report, request.tree, ended),
}

const mocha: JavascriptRunner = {
  name: 'mocha',
  bin: ['mocha', 'mocha'],
  words: (run) => [
    ...run.options,
    ...choice('--grep=', run),
    ...['--reporter', reporter('mocha.cjs'), '--no-parallel', '--no-bail', '--exit'],
    ...run.relative,
  ],
  read: (request, ended) => readEvents(request.report, request.tree, ended),
  oneByOne: true,
}

const vitest: JavascriptRunner = {
  name: 'vitest',
  bin: ['vitest', 'vitest'],
  words: (run) => [
    ...['run', `--reporter=${reporter('vitest.mjs')}`, '--coverage.enabled=false', '--bail=0'],
    ...(run.seed === undefined ? [] : [`--sequence.seed=${run.seed}`, '--sequence.shuffle']),
    ...choice('--testNamePattern=', run),
    ...run.options,
    ...run.relative,
  ],
  read: (request, ended) => readEvents(request.report, request.tree, ended),
}

const jest: JavascriptRunner = {
  name: 'jest',
  bin: ['jest', 'jest'],
  words: (run) => [
    ...run.options,
    ...['--json', `--outputFile=${run.report}`, '--ci', '--coverage=false', '--bail=0'],
    ...choice('--testNamePattern=', run),
    ...['--watchman=false', '--passWithNoTests', '--runTestsByPath', ...run.relative],
  ],
  read: (request, ended) => readJestReport(request.report, request.tree, ended),
}

const ava: JavascriptRunner = {
  name: 'ava',
  bin: ['ava', 'ava'],
  words: ({ options, relative: files }) => ['--tap', ...options, ...files],
  read: (request, ended, stdout) => Promise.resolve(readTap(stdout, request, ended)),
  oneByOne: true,
}

/** tap and tape write TAP when a file is simply run. */
const tap: JavascriptRunner = {
  name: 'tap',
  bin: null,
  words: ({ nodeFlags, relative: [file = ''] }) => [...nodeFlags, file],
  env: () => ({ TAP: '1' }),
  read: (request, ended, stdout) => Promise.resolve(readTap(stdout, request, ended)),
  oneByOne: true,
}

const tape: JavascriptRunner = {
  ...tap,
  words: (run) => ['--require', reporter('tape.cjs'), ...tap.words(run)],
}

export const javascriptRunners = { 'node:test': nodeTest, vitest, jest, mocha, ava, tap, tape }
export type JavascriptName = keyof typeof javascriptRunners

/** What a package's own script says about running its tests. */
export interface Script {
  readonly nodeFlags: readonly string[]
  readonly options: readonly string[]
  /** Steps that the script takes before its tests, e.g. a build. */
  readonly before: readonly string[]
}

export interface JavascriptHow {
  readonly runner: JavascriptName
  readonly folder: string
  readonly script: Script
  /** Puts the dependencies of a tree in place. */
  install(tree: string): Promise<void>
}

export function javascriptSuite(how: JavascriptHow, files: readonly string[]): Suite {
  return suiteOf(how.runner, how.folder, files, {
    prepare: (tree) => how.install(tree),
    run: (request) => runSuite(how, request),
  })
}

async function runSuite(how: JavascriptHow, request: RunRequest): Promise<TestRun> {
  const { oneByOne } = javascriptRunners[how.runner]
  const built = await build(how, request)
  if (built !== null) return built
  const parts = oneByOne ? request.files.map((file) => [file]) : [request.files]
  const runs: TestRun[] = []
  const env = request.shown === undefined ? {} : await running(request)
  for (const files of parts) runs.push(await runFiles(how, { ...request, files }, env))
  return merged(runs, request.files)
}

/** Lets run what is there now, and shows another text on the disk. */
async function running(request: RunRequest): Promise<Readonly<Record<string, string>>> {
  const texts = join(await ownFolder(request.scratch), 'texts.json')
  await writeFile(texts, JSON.stringify(Object.fromEntries(await showOnDisk(request))))
  const preload = JSON.stringify(reporter('shown.cjs'))
  return { CANARY_SHOWN: texts, NODE_OPTIONS: `--require=${preload}` }
}

/** The script's own steps before its tests; a product that was changed must be built again. */
async function build(
  { script, folder }: JavascriptHow,
  request: RunRequest,
): Promise<TestRun | null> {
  for (const step of script.before) {
    const own = await ownFolder(request.scratch)
    const outcome = await runTestProgram({
      command: ['sh', '-c', step],
      cwd: join(request.tree, folder),
      own,
      env: { PATH: pathWithBins(request.tree, folder) },
      timeoutMs: request.timeoutMs,
      signal: request.signal,
    })
    if (outcome.kind !== 'exited' || outcome.exitCode !== 0)
      return { kind: 'not-reported', what: `${step}: ${endedOf(outcome).what}` }
  }
  return null
}

function pathWithBins(tree: string, folder: string): string {
  const bins = [join(tree, folder), tree].map((place) => join(place, 'node_modules', '.bin'))
  return [...bins, dirname(process.execPath), process.env['PATH'] ?? ''].join(':')
}

async function runFiles(
  how: JavascriptHow,
  request: RunRequest,
  env: Readonly<Record<string, string>>,
): Promise<TestRun> {
  const runner = javascriptRunners[how.runner]
  const own = await ownFolder(request.scratch)
  const cwd = join(request.tree, how.folder)
  const run: JavascriptRun = {
    ...request,
    report: join(own, 'report'),
    // A name that begins with a dash would be an option.
    relative: request.files.map((file) => relative(how.folder, file).replace(/^-/, './-')),
    ...how.script,
  }
  const bin = runner.bin === null ? [] : [await binOf(cwd, ...runner.bin)]
  const flags = runner.bin === null ? [] : run.nodeFlags
  const outcome = await runTestProgram({
    command: [process.execPath, ...flags, ...bin, ...runner.words(run)],
    cwd,
    own,
    env: {
      CANARY_CASES: run.report,
      PATH: pathWithBins(request.tree, how.folder),
      ...runner.env?.(run),
      ...env,
    },
    timeoutMs: request.timeoutMs,
    signal: request.signal,
  })
  return runner.read(run, endedOf(outcome), outcome.stdout)
}

/** The file behind a package's program; workspaces have it at the root. */
async function binOf(cwd: string, packageName: string, bin: string): Promise<string> {
  const require = createRequire(join(cwd, 'package.json'))
  const places = require.resolve.paths(packageName) ?? []
  for (const place of places) {
    const path = join(place, packageName, 'package.json')
    const text = await readFile(path, 'utf8').catch(() => null)
    if (text === null) continue
    const declared = (JSON.parse(text) as { bin?: string | Record<string, string> }).bin
    const file = typeof declared === 'string' ? declared : declared?.[bin]
    if (file !== undefined) return join(dirname(path), file)
  }
  throw new Error(`${packageName} is not installed in ${cwd}`)
}

/** Several runs as one; a file whose run reported nothing could not be loaded. */
export function merged(runs: readonly TestRun[], files: readonly string[]): TestRun {
  const [only] = runs
  if (only !== undefined && runs.length === 1) return only
  const reported = runs.filter((run) => run.kind === 'reported')
  if (reported.length === 0) return only ?? { kind: 'not-reported', what: 'no test file was run' }
  const failed = runs.flatMap((run, at) =>
    run.kind === 'reported' ? [] : [[files[at] ?? '', run.what] as const],
  )
  return {
    kind: 'reported',
    cases: reported.flatMap(({ cases }) => cases),
    unloaded: new Map([...reported.flatMap(({ unloaded }) => [...unloaded]), ...failed]),
    hits: null,
  }
}
