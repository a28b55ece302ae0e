import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { askGit } from '../../git/git.ts'
import { describeOutcome, plainEnvironment, runProgram } from '../../process.ts'

/** Groups of requirements that tests need. */
const testGroups = ['test', 'tests', 'testing', 'dev', 'develop']
const installTimeoutMs = 15 * 60_000

/** What a project and its tests require, by its `pyproject.toml` at a commit. */
export async function readRequirements(repo: string, commit: string): Promise<readonly string[]> {
  const answer = await askGit(repo, ['show', `${commit}:pyproject.toml`])
  if (!answer.ok) return []
  try {
    const pyproject: Pyproject = parseToml(answer.stdout.toString('utf8'))
    return requirementsOf(pyproject)
  } catch {
    return []
  }
}

interface Pyproject {
  readonly project?: {
    readonly dependencies?: unknown
    readonly 'optional-dependencies'?: Readonly<Record<string, unknown>>
  }
  readonly 'dependency-groups'?: Readonly<Record<string, unknown>>
}

function requirementsOf(pyproject: Pyproject): readonly string[] {
  const optional = pyproject.project?.['optional-dependencies'] ?? {}
  const groups = pyproject['dependency-groups'] ?? {}
  const lists = [
    pyproject.project?.dependencies,
    ...testGroups.flatMap((name) => [optional[name], groups[name]]),
  ]
  return [
    ...new Set(lists.flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))),
  ].filter((requirement) => typeof requirement === 'string')
}

/** Where environments are kept between runs. */
const usualCache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'canary-gate')

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
 * A virtual environment with pytest and some requirements, made once and kept in the cache folder.
 * It is built beside its place and moved there, so that a broken one is never found.
 *
 * @returns its interpreter
 * @throws Error when it cannot be made, e.g. because the package index is out of reach
 */
export async function venvWith(wishes: EnvironmentWishes): Promise<string> {
  const { python, requirements, before = '', cache = usualCache } = wishes
  const wanted = ['pytest', ...requirements].toSorted()
  const key = createHash('sha256')
    .update(JSON.stringify([python, before, wanted]))
    .digest('hex')
  const folder = join(cache, `pytest-${key.slice(0, 16)}`)
  return once(cache, folder, async (draft) => {
    await succeed([python, '-m', 'venv', draft])
    await install(join(draft, 'bin', 'python'), wanted, { python, before, cache })
  })
}

/** Makes a folder beside its place and moves it there; one that is there already is taken. */
async function once(
  cache: string,
  folder: string,
  make: (draft: string) => Promise<void>,
): Promise<string> {
  const ready = join(folder, 'bin', 'python')
  if (await exists(ready)) return ready
  await mkdir(cache, { recursive: true })
  const draft = await mkdtemp(join(cache, 'making-'))
  try {
    await make(draft)
    await rename(draft, folder).catch(async (error: unknown) => {
      if (!(await exists(ready))) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return ready
}

/**
 * Installs with the libraries of the day, where uv can be had, and otherwise with today's. What is
 * required straight from a repository may be out of reach; tests often do without.
 */
async function install(
  python: string,
  wanted: readonly string[],
  how: { readonly python: string; readonly before: string; readonly cache: string },
): Promise<void> {
  const published = wanted.filter((requirement) => !requirement.includes(' @ '))
  const pip = (some: readonly string[]): string[] => [python, '-m', 'pip', 'install', '-q', ...some]
  const attempts = [pip(wanted), pip(published)]
  if (how.before !== '') {
    const uv = await findUv(how.python, how.cache).catch(() => null)
    const dated = ['pip', 'install', '-q', '--python', python, '--exclude-newer', how.before]
    if (uv !== null) attempts.unshift([...uv, ...dated, ...wanted], [...uv, ...dated, ...published])
  }
  let problem: unknown
  for (const attempt of attempts) {
    try {
      await succeed(attempt)
      return
    } catch (error) {
      problem = error
    }
  }
  throw problem
}

/** uv, which can resolve as of a day: the one on the PATH, or one of its own in the cache. */
async function findUv(python: string, cache: string): Promise<readonly string[]> {
  const outcome = await runProgram({
    command: ['uv', '--version'],
    env: plainEnvironment([]),
    timeoutMs: 20_000,
  })
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return ['uv']
  const own = await once(cache, join(cache, 'uv'), async (draft) => {
    await succeed([python, '-m', 'venv', draft])
    await succeed([join(draft, 'bin', 'python'), '-m', 'pip', 'install', '-q', 'uv'])
  })
  return [own, '-m', 'uv']
}

async function succeed(command: readonly string[]): Promise<void> {
  const outcome = await runProgram({
    command,
    env: plainEnvironment([]),
    timeoutMs: installTimeoutMs,
  })
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return
  const last = outcome.log.trim().split('\n').slice(-3).join(' | ')
  const shown = command.slice(0, 5).join(' ')
  throw new Error(
    `the Python environment for the tests cannot be made: ${shown}: ${describeOutcome(outcome)}: ${last}; name an interpreter with --python`,
  )
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
