import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readEvents } from './events.ts'
import { endedOf, ownFolder, runTestProgram } from './program.ts'
import type { RunRequest, Suite } from './runner.ts'
import { showOnDisk } from './shown.ts'

const reporters = fileURLToPath(new URL('./reporters', import.meta.url))

/** What the Python runners need besides the tests. */
export interface PythonHow {
  readonly python: string
  readonly folder: string
  /** Name of the distribution under test, for code that asks for its own version. */
  readonly distribution: string | null
  /** Version file that the project's build writes, e.g. `src/app/_version.py`. */
  readonly versionFile: string | null
}

/** The project's own options are left out: they ask for plugins and selections that hide tests. */
const pytestWords = [
  ...['-m', 'pytest', '-q', '--tb=short', '-p', 'no:cacheprovider', '-o', 'addopts='],
  ...['-p', 'canary_pytest', '--continue-on-collection-errors'],
]

export function pytestSuite(how: PythonHow, files: readonly string[]): Suite {
  return suiteOf('pytest', how, files, [how.python, ...pytestWords])
}

export function unittestSuite(how: PythonHow, files: readonly string[]): Suite {
  return suiteOf('unittest', how, files, [how.python, join(reporters, 'canary_unittest.py')])
}

function suiteOf(
  runner: string,
  how: PythonHow,
  files: readonly string[],
  words: readonly string[],
): Suite {
  return {
    runner,
    folder: how.folder,
    files,
    canSilence: true,
    prepare: (tree) => writeVersion(how, tree),
    async run(request) {
      const own = await ownFolder(request.scratch)
      if (request.shown !== undefined && !(await compile(how, request, own)))
        return { kind: 'not-reported', what: 'it does not compile' }
      const outcome = await runTestProgram({
        command: [...words, ...request.files.map((file) => file.replace(/^-/, './-'))],
        cwd: request.tree,
        own,
        env: await pythonEnvironment(request, own, how),
        timeoutMs: request.timeoutMs,
        signal: request.signal,
      })
      return readEvents(join(own, 'cases.jsonl'), request.tree, endedOf(outcome))
    },
  }
}

/** Keeps the program as it is now, and shows another text on the disk. */
async function compile(how: PythonHow, request: RunRequest, own: string): Promise<boolean> {
  const paths = [...(request.shown?.keys() ?? [])].map((path) => join(request.tree, path))
  const outcome = await runTestProgram({
    command: [how.python, join(reporters, 'canary_compiled.py'), ...paths],
    cwd: request.tree,
    own,
    env: await pythonEnvironment(request, own, how),
    timeoutMs: request.timeoutMs,
    signal: request.signal,
  })
  await showOnDisk(request)
  return outcome.kind === 'exited' && outcome.exitCode === 0
}

/** What a build would have written; without it the package cannot even be imported. */
async function writeVersion({ versionFile }: PythonHow, tree: string): Promise<void> {
  if (versionFile === null) return
  const text = `__version__ = version = "${version}"\n__version_tuple__ = version_tuple = (0, 0, 0)\n`
  await writeFile(join(tree, versionFile), text)
}

const version = '0.0.0'

/** The tree's packages first, and nothing that the runs of two trees could share. */
async function pythonEnvironment(
  { tree, seed, silent, shown, watch, only, timeoutMs }: RunRequest,
  own: string,
  { distribution, folder }: PythonHow,
): Promise<Record<string, string>> {
  const described = join(own, 'described')
  if (distribution !== null) await describe(described, distribution)
  const places = [join(tree, folder, 'src'), join(tree, folder), tree, reporters, described]
  return {
    PYTHONPATH: [...new Set(places)].join(delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
    ...(shown === undefined ? {} : { PYTHONPYCACHEPREFIX: join(own, 'compiled') }),
    PYTHONHASHSEED: String(seed ?? 0),
    CANARY_CASES: join(own, 'cases.jsonl'),
    CANARY_TEST_SECONDS: String(Math.max(1, timeoutMs / 3000)),
    ...(seed === undefined ? {} : { CANARY_SEED: String(seed) }),
    ...(silent === true ? { CANARY_SILENT: '1' } : {}),
    ...(only === undefined ? {} : { CANARY_ONLY: JSON.stringify(Object.fromEntries(only)) }),
    ...(watch === undefined ? {} : { CANARY_WATCH: JSON.stringify(Object.fromEntries(watch)) }),
  }
}

/** Lets `importlib.metadata.version("own-name")` answer although nothing was installed. */
async function describe(folder: string, distribution: string): Promise<void> {
  const name = distribution.replace(/[-.]+/g, '_')
  const info = join(folder, `${name}-${version}.dist-info`)
  await mkdir(info, { recursive: true })
  const text = `Metadata-Version: 2.1\nName: ${distribution}\nVersion: ${version}\n`
  await writeFile(join(info, 'METADATA'), text)
}
