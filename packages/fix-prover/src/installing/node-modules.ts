import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { plainEnvironment, runProgram } from '@canary-gate/programs'
import { succeed } from '../runners/steps.ts'
import { cacheFolder, exists, keyOf, once } from './cache.ts'
import { type CommitFiles, filesOf, monthAfter, packageOf } from './commit-files.ts'

const locks = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock']

/** Changes with the way of installing: what was kept from another way is not taken. */
const recipe = 2

/** What `node_modules` of a commit is made of. */
interface Plan {
  /** Folder of the lock file, or of the package where there is none. */
  readonly folder: string
  readonly lock: string | null
  /** Everything the installation reads: manifests of workspaces, the lock file, settings. */
  readonly inputs: readonly string[]
  readonly key: string
}

/**
 * Puts `node_modules` of a commit into a work tree: the operator's own where it was made for the same
 * lock file, else one that is installed once and kept by lock file.
 *
 * @throws Error that says which step failed
 */
export async function installNodeModules(
  repo: string,
  commit: string,
  folder: string,
  tree: string,
): Promise<void> {
  const files = await filesOf(repo, commit)
  const plan = await planOf(files, folder)
  if (plan === null) return
  const own = await operatorsOwn(files, plan)
  const from = own ?? (await kept(files, plan))
  await place(from, join(tree, plan.folder), plan)
}

async function planOf(files: CommitFiles, folder: string): Promise<Plan | null> {
  const top = packageOf(join(folder, 'package.json'), files, locks)
  const place = top ?? (await workspaceOf(files, folder)) ?? folder
  const lock = locks.find((name) => files.paths.has(join(place, name))) ?? null
  const isInput = /(?:^|\/)(?:package\.json|pnpm-workspace\.yaml|\.npmrc|\.yarnrc(?:\.yml)?)$/
  const isPatch = /(?:^|\/)(?:patches|\.yarn\/(?:patches|plugins))\//
  const inputs = [...files.paths].filter(
    (path) =>
      (place === '' || path.startsWith(`${place}/`)) &&
      !/(?:^|\/)(?:fixtures?|__fixtures__|node_modules)\//.test(path) &&
      (isInput.test(path) || isPatch.test(path) || path === join(place, lock ?? '/')),
  )
  const texts = await Promise.all(inputs.map((path) => files.read(path)))
  const needs = texts.some((text) =>
    /"(?:dev|optional|peer)?[dD]ependencies"\s*:\s*\{\s*"/.test(text ?? ''),
  )
  if (!needs) return null
  const before = lock === null ? await monthAfter(files.repo, files.commit) : null
  const key = keyOf(recipe, process.version, place, before, inputs, texts)
  return { folder: place, lock, inputs, key }
}

/** The folder whose manifest has the package among its workspaces; null where there is none. */
async function workspaceOf(files: CommitFiles, folder: string): Promise<string | null> {
  for (let place = dirname(folder); ; place = dirname(place)) {
    const own = place === '.' ? '' : place
    const text = await files.read(join(own, 'package.json'))
    const isRoot = files.paths.has(join(own, 'pnpm-workspace.yaml'))
    if (text !== null && (isRoot || /"workspaces"\s*:/.test(text))) return own
    if (place === '.' || folder === '') return null
  }
}

/** The clone's own `node_modules`, if its lock file and manifest are those of the commit. */
async function operatorsOwn(files: CommitFiles, plan: Plan): Promise<string | null> {
  const place = join(files.repo, plan.folder)
  if (!(await exists(join(place, 'node_modules')))) return null
  for (const path of plan.inputs) {
    const here = await readFile(join(files.repo, path), 'utf8').catch(() => null)
    if (here !== (await files.read(path))) return null
  }
  return place
}

async function kept(files: CommitFiles, plan: Plan): Promise<string> {
  const folder = join(cacheFolder(), `node-${plan.key}`)
  // A repository that cannot be reached today may be reached tomorrow.
  const part = `${folder}-${new Date().toISOString().slice(0, 10)}`
  if (await exists(join(part, plan.folder, 'node_modules'))) return join(part, plan.folder)
  try {
    await made(folder, files, plan, (text) => text)
    return join(folder, plan.folder)
  } catch (problem) {
    await madeInPart(part, files, plan).catch(() => {
      throw problem
    })
    return join(part, plan.folder)
  }
}

async function madeInPart(folder: string, files: CommitFiles, plan: Plan): Promise<void> {
  const manifests = plan.inputs.filter((path) => path.endsWith('package.json'))
  const texts = await Promise.all(manifests.map(async (path) => (await files.read(path)) ?? '{}'))
  if (texts.every((text) => withoutRepositories(text) === text))
    throw new Error('no dependency is a repository')
  await made(folder, files, { ...plan, lock: null }, withoutRepositories)
}

async function made(
  folder: string,
  files: CommitFiles,
  plan: Plan,
  asked: (manifest: string) => string,
): Promise<void> {
  await once(folder, join(plan.folder, 'node_modules'), async (draft) => {
    for (const path of plan.inputs) {
      await mkdir(dirname(join(draft, path)), { recursive: true })
      const text = (await files.read(path)) ?? ''
      await writeFile(join(draft, path), path.endsWith('package.json') ? asked(text) : text)
    }
    await installIn(join(draft, plan.folder), plan, files)
    await mkdir(join(draft, plan.folder, 'node_modules'), { recursive: true })
  })
}

/**
 * A manifest without the dependencies that are repositories: one that cannot be reached is missed by the
 * tests that need it, and by no other one.
 */
function withoutRepositories(manifest: string): string {
  const elsewhere =
    /^(?:git\b|(?:github|gitlab|bitbucket|gist|https?):|[\w-][\w.-]*\/[\w.-]+(?:#|$))/
  const left: unknown[] = []
  const kept = JSON.parse(manifest, (key, value: unknown) => {
    if (!/^(?:dev|optional)?[dD]ependencies$/.test(key) || typeof value !== 'object') return value
    const all = Object.entries(value ?? {})
    const own = all.filter(([, version]) => !elsewhere.test(String(version)))
    if (own.length < all.length) left.push(key)
    return Object.fromEntries(own)
  }) as unknown
  return left.length === 0 ? manifest : JSON.stringify(kept)
}

const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']

/** With the lock file as it is; where that cannot be done, what the manifest asks for, as of that time. */
async function installIn(
  cwd: string,
  { lock }: Plan,
  { repo, commit }: CommitFiles,
): Promise<void> {
  const before = await monthAfter(repo, commit)
  const plain = ['npm', 'install', ...quiet, '--no-package-lock']
  const attempts = [
    ...(await frozen(cwd, lock)),
    ...[[`--before=${before}`], []].flatMap((day) => withPeers([...plain, ...day])),
  ]
  let problem: unknown
  for (const attempt of attempts) {
    try {
      await succeed(attempt, cwd, { HUSKY: '0', COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' })
      return
    } catch (error) {
      problem = error
    }
  }
  throw problem
}

/** Peers are installed (vitest needs its vite), unless what the manifest asks for has none that fit. */
function withPeers(words: readonly string[]): readonly (readonly string[])[] {
  return [words, [...words, '--legacy-peer-deps']]
}

async function frozen(cwd: string, lock: string | null): Promise<readonly (readonly string[])[]> {
  if (lock === null) return []
  if (lock.endsWith('.json')) return withPeers(['npm', 'ci', ...quiet])
  const text = await readFile(join(cwd, lock), 'utf8')
  const run = (program: string): string[] => ['npm', 'exec', '--yes', `--package=${program}`, '--']
  if (lock === 'pnpm-lock.yaml') {
    const words = ['pnpm', 'install', '--frozen-lockfile', '--ignore-scripts']
    const asked = /"packageManager":\s*"(?<pnpm>pnpm@[\d.]+)/.exec(await manifest(cwd))?.groups?.[
      'pnpm'
    ]
    return [
      [
        ...run(asked ?? pnpmFor(text)),
        ...words,
        '--config.node-linker=hoisted',
        '--config.manage-package-manager-versions=false',
      ],
    ]
  }
  const isClassic = text.includes('# yarn lockfile v1')
  const classic = ['yarn', 'install', '--frozen-lockfile', '--ignore-scripts', '--non-interactive']
  return isClassic ? [[...run('yarn@1.22.22'), ...classic, '--ignore-engines']] : []
}

async function manifest(cwd: string): Promise<string> {
  return readFile(join(cwd, 'package.json'), 'utf8').catch(() => '')
}

function pnpmFor(lock: string): string {
  const version =
    /^lockfileVersion:\s*'?(?<version>[\d.]+)/m.exec(lock)?.groups?.['version'] ?? '9.0'
  return version.startsWith('5') ? 'pnpm@7' : version.startsWith('6') ? 'pnpm@8' : 'pnpm@9'
}

/**
 * Every package folder that has a `node_modules` gets it. Hard links where they can be made: a tree has
 * its own folders, so what a run writes there does not reach the others.
 */
async function place(from: string, tree: string, { inputs, folder }: Plan): Promise<void> {
  const manifests = inputs.filter((path) => path.endsWith('package.json'))
  const folders = manifests.map((path) =>
    dirname(path.slice(folder === '' ? 0 : folder.length + 1)),
  )
  for (const name of new Set(['.', ...folders])) {
    const source = join(from, name, 'node_modules')
    const target = join(tree, name, 'node_modules')
    if (!(await exists(source)) || (await exists(target))) continue
    await linkTree(source, target)
  }
}

async function linkTree(source: string, target: string): Promise<void> {
  const outcome = await runProgram({
    command: ['cp', '-al', source, target],
    env: plainEnvironment([]),
    timeoutMs: 300_000,
  })
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return
  await succeed(['rm', '-rf', target])
  const copied = await runProgram({
    command: ['cp', '-a', source, target],
    env: plainEnvironment([]),
    timeoutMs: 300_000,
  })
  if (copied.kind !== 'exited' || copied.exitCode !== 0) await symlink(source, target)
}
