import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { plainEnvironment, runProgram } from '../../process.ts'
import { git } from '../../git/git.ts'
import type { Change } from '../change.ts'
import { readRequirements, venvWith } from './python-environment.ts'
import type { TestCommand, TestRunner } from './runner.ts'

/** What the operator may say about running tests; everything else is found out. */
export interface RunnerWishes {
  readonly timeoutMs: number
  /** One command for all test files instead of the usual ones. */
  readonly testCommand?: readonly string[]
  readonly prepareCommand?: readonly string[]
  /** Interpreter with pytest and everything the tests import. */
  readonly python?: string
}

const pytestFiles = /\.py$/
const javascriptFiles = /\.[cm]?[jt]sx?$/
const secretNames = ['GITHUB_TOKEN', 'GH_TOKEN', 'NPM_TOKEN', 'TWINE_PASSWORD']

/** The usual runners: pytest for Python, `node --test` for JavaScript, each with a machine report. */
export async function defaultRunner(
  wishes: RunnerWishes,
  testFiles: readonly string[],
  change: Change,
): Promise<TestRunner> {
  const prepare = wishes.prepareCommand ?? null
  const common = { prepare, timeoutMs: wishes.timeoutMs, secretNames }
  if (wishes.testCommand !== undefined)
    return { ...common, commands: [{ files: /./, command: wishes.testCommand }] }
  const commands: TestCommand[] = []
  if (testFiles.some((file) => javascriptFiles.test(file)))
    commands.push({ files: javascriptFiles, command: nodeTest })
  if (testFiles.some((file) => file.endsWith('.py')))
    commands.push({ files: pytestFiles, command: pytest(await pythonFor(wishes, change)) })
  return { ...common, commands }
}

const nodeTest = [
  process.execPath,
  '--test',
  '--test-reporter=junit',
  '--test-reporter-destination={report}',
  '{tests}',
]

/** The project's own options are left out: they ask for plugins and selections that hide tests. */
function pytest(python: string): readonly string[] {
  return [
    ...[python, '-m', 'pytest', '-q', '--tb=short', '-p', 'no:cacheprovider', '-o', 'addopts='],
    ...['--continue-on-collection-errors', '--junitxml={report}', '{tests}'],
  ]
}

/**
 * An interpreter that can run the tests: the one asked for, the clone's own environment, the one on
 * the PATH for a project without requirements, or an environment made for its requirements and kept.
 */
async function pythonFor(wishes: RunnerWishes, change: Change): Promise<string> {
  if (wishes.python !== undefined) return wishes.python
  for (const folder of [join(change.repo, '.venv'), process.env['VIRTUAL_ENV']]) {
    const python = folder === undefined ? null : join(folder, 'bin', 'python')
    if (python !== null && (await exists(python)) && (await hasPytest(python))) return python
  }
  const requirements = await readRequirements(change.repo, change.fix)
  const ambient = await ambientPython()
  const ambientWillDo = await hasPytest(ambient)
  if (requirements.length === 0 && ambientWillDo) return ambient
  const before = await monthAfter(change)
  return venvWith({ python: ambient, requirements, before }).catch((error: unknown) => {
    if (ambientWillDo) return ambient
    throw error
  })
}

/** The first day of the month after a change: close to its libraries, and the same for many changes. */
async function monthAfter({ repo, fix }: Change): Promise<string> {
  const written = new Date(await git(repo, ['show', '--no-patch', '--format=%cI', fix]))
  const next = new Date(Date.UTC(written.getUTCFullYear(), written.getUTCMonth() + 1, 1))
  return next.toISOString().slice(0, 10)
}

/** The interpreter itself, not a shim on the PATH that looks things up in the home folder. */
async function ambientPython(): Promise<string> {
  for (const name of ['python3', 'python']) {
    const outcome = await runProgram({
      command: [name, '-c', 'import sys; print(sys.executable)'],
      env: plainEnvironment(secretNames),
      timeoutMs: 20_000,
    })
    if (outcome.kind === 'exited' && outcome.exitCode === 0) return outcome.stdout.trim()
  }
  throw new Error('no Python was found; name one with --python, or a command with --test-command')
}

async function hasPytest(python: string): Promise<boolean> {
  const outcome = await runProgram({
    command: [python, '-c', 'import pytest'],
    env: plainEnvironment(secretNames),
    timeoutMs: 20_000,
  })
  return outcome.kind === 'exited' && outcome.exitCode === 0
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
