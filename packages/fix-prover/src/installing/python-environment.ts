import { join } from 'node:path'
import { plainEnvironment, runProgram } from '@canary-gate/programs'
import { succeed } from '../runners/steps.ts'
import { cacheFolder, exists, keyOf, once } from './cache.ts'
import { monthAfter } from './commit-files.ts'

/** What an environment for tests is made of. */
export interface EnvironmentWishes {
  /** Program that makes it. */
  readonly python: string
  readonly requirements: readonly string[]
  /** Nothing newer than this day (YYYY-MM-DD): old code rarely runs with today's libraries. */
  readonly before?: string
  readonly cache?: string
}

/**
 * An interpreter that can run the tests: the one asked for, the clone's own environment, the one on
 * the PATH for a project without requirements, or an environment made for its requirements and kept.
 *
 * @param repo clone, and `commit` whose day decides how new libraries may be
 */
export async function pythonFor(
  asked: string | undefined,
  repo: string,
  commit: string,
  requirements: readonly string[],
): Promise<string> {
  if (asked !== undefined) return asked
  for (const folder of [join(repo, '.venv'), process.env['VIRTUAL_ENV']]) {
    const python = folder === undefined ? null : join(folder, 'bin', 'python')
    if (python !== null && (await exists(python)) && (await hasPytest(python))) return python
  }
  const ambient = await ambientPython()
  const ambientWillDo = await hasPytest(ambient)
  if (requirements.length === 0 && ambientWillDo) return ambient
  const before = await monthAfter(repo, commit)
  return venvWith({ python: ambient, requirements, before }).catch((error: unknown) => {
    if (ambientWillDo) return ambient
    throw error
  })
}

/**
 * A virtual environment with pytest and some requirements, made once and kept in the cache folder.
 *
 * @returns its interpreter
 * @throws Error when it cannot be made, e.g. because the package index is out of reach
 */
export async function venvWith(wishes: EnvironmentWishes): Promise<string> {
  const { python, requirements, before = '', cache = cacheFolder() } = wishes
  const wanted = ['pytest', ...requirements].toSorted()
  const folder = join(cache, `pytest-${keyOf(python, before, wanted)}`)
  await once(folder, 'pyvenv.cfg', async (draft) => {
    await succeed([python, '-m', 'venv', draft])
    await install(join(draft, 'bin', 'python'), wanted, { python, before, cache })
  })
  return join(folder, 'bin', 'python')
}

interface InstallHow {
  readonly python: string
  readonly before: string
  readonly cache: string
}

/**
 * Installs with the libraries of the day, where uv can be had, and otherwise with today's. What cannot
 * be had together is tried one by one: tests often do without a linter or a plugin for documents.
 */
async function install(python: string, wanted: readonly string[], how: InstallHow): Promise<void> {
  const uv = await findUv(how.python, how.cache).catch(() => null)
  const plain =
    uv === null
      ? [python, '-m', 'pip', 'install', '-q']
      : [...uv, 'pip', 'install', '-q', '--python', python]
  const dated = uv === null || how.before === '' ? [] : [[...plain, '--exclude-newer', how.before]]
  const ways = [...dated, plain]
  for (const words of ways) if (await works([...words, ...wanted])) return
  await succeed([...plain, 'pytest']).catch((error: unknown) => {
    throw new Error(
      `the Python environment for the tests cannot be made: ${String(error)}; name an interpreter with --python`,
    )
  })
  for (const one of wanted)
    for (const words of ways) if (await works([...words, one, 'pytest'])) break
}

async function works(command: readonly string[]): Promise<boolean> {
  return succeed(command).then(
    () => true,
    () => false,
  )
}

/** uv, which can resolve as of a day: the one on the PATH, or one of its own in the cache. */
async function findUv(python: string, cache: string): Promise<readonly string[]> {
  if (await works(['uv', '--version'])) return ['uv']
  const folder = join(cache, 'uv')
  await once(folder, 'pyvenv.cfg', async (draft) => {
    await succeed([python, '-m', 'venv', draft])
    await succeed([join(draft, 'bin', 'python'), '-m', 'pip', 'install', '-q', 'uv'])
  })
  return [join(folder, 'bin', 'python'), '-m', 'uv']
}

/** The interpreter itself, not a shim on the PATH that looks things up in the home folder. */
async function ambientPython(): Promise<string> {
  for (const name of ['python3', 'python']) {
    const outcome = await run([name, '-c', 'import sys; print(sys.executable)'])
    if (outcome !== null) return outcome.trim()
  }
  throw new Error('no Python was found; name one with --python, or a command with --test-command')
}

async function hasPytest(python: string): Promise<boolean> {
  return (await run([python, '-c', 'import pytest'])) !== null
}

async function run(command: readonly string[]): Promise<string | null> {
  const outcome = await runProgram({ command, env: plainEnvironment([]), timeoutMs: 20_000 })
  return outcome.kind === 'exited' && outcome.exitCode === 0 ? outcome.stdout : null
}
