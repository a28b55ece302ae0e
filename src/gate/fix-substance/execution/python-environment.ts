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

/**
 * A virtual environment with pytest and some requirements, made once and kept in the cache folder.
 * It is built beside its place and moved there, so that a broken one is never found.
 *
 * @param python program that makes it
 * @param cache folder for environments
 * @returns its interpreter
 * @throws Error when it cannot be made, e.g. because the package index is out of reach
 */
export async function venvWith(
  python: string,
  requirements: readonly string[],
  cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'canary-gate'),
): Promise<string> {
  const wanted = ['pytest', ...requirements].toSorted()
  const key = createHash('sha256')
    .update(JSON.stringify([python, wanted]))
    .digest('hex')
    .slice(0, 16)
  const folder = join(cache, `pytest-${key}`)
  const ready = join(folder, 'bin', 'python')
  if (await exists(ready)) return ready
  await mkdir(cache, { recursive: true })
  const draft = await mkdtemp(join(cache, 'making-'))
  try {
    await succeed([python, '-m', 'venv', draft])
    await succeed([join(draft, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', ...wanted])
    await rename(draft, folder).catch(async (error: unknown) => {
      if (!(await exists(ready))) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return ready
}

async function succeed(command: readonly string[]): Promise<void> {
  const outcome = await runProgram({
    command,
    env: plainEnvironment([]),
    timeoutMs: installTimeoutMs,
  })
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return
  const last = outcome.log.trim().split('\n').slice(-3).join(' | ')
  throw new Error(
    `the Python environment for the tests cannot be made: ${command.slice(0, 5).join(' ')}: ${describeOutcome(outcome)}: ${last}; name an interpreter with --python`,
  )
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
