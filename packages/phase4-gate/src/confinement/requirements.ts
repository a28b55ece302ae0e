import { readFile, realpath } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { ifNoFile } from '@canary-gate/documents'
import { failed } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'

/**
 * GATE/C-008: every folder and file the gate works with lies inside the prepared workspace, also
 * after following links, and no checkout has its repository elsewhere.
 */
export async function verifyConfinement(run: GateRun): Promise<void> {
  const workspace = await realpath(run.world.workspace)
  const findings: string[] = []
  for (const [name, path] of Object.entries(await pathsOf(run))) {
    const real = await realOf(path)
    if (!isInside(workspace, real)) findings.push(`${name}: ${path} is ${real}`)
  }
  for (const [name, checkout] of Object.entries(run.world.checkouts)) {
    // A checkout that is elsewhere as a whole has been named already.
    if (!isInside(workspace, await realOf(checkout))) continue
    const outside = (await repositoriesOf(checkout)).filter((path) => !isInside(workspace, path))
    const [repository] = outside
    if (repository !== undefined)
      findings.push(`checkouts.${name}: its repository is ${repository}, an older checkout`)
  }
  if (findings.length === 0) return
  throw failed({
    code: 'outside-workspace',
    cause: 'environment',
    what: `these paths lie outside the workspace: ${findings.join('; ')}`,
    where: workspace,
    next: 'prepare all of them inside the workspace and name them in the configuration',
    findings,
  })
}

/** True if `path` is the folder or below it. Both must be real paths. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return (
    way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === path)
  )
}

async function pathsOf(run: GateRun): Promise<Record<string, string>> {
  const { checkouts, candidate, canary, teamspace } = run.world
  const installation = await run.facts.read('installation')
  const attempt = await run.facts.read('attempt')
  const suite = await run.facts.read('teamspace')
  return {
    'checkouts.cli': checkouts.cli,
    'checkouts.events': checkouts.events,
    'checkouts.e2e': checkouts.e2e,
    'candidate.installer.home': candidate.installer.home,
    'candidate.installer.binDir': candidate.installer.binDir,
    'canary.cwd': canary.cwd,
    'canary.home': canary.home,
    ...Object.fromEntries(canary.projects.map((path, index) => [`canary.projects.${index}`, path])),
    'teamspace.cwd': teamspace.cwd,
    'teamspace.logs': teamspace.logs,
    'installed program': installation.bin,
    // The interpreter itself may be the system's; the environment that names it may not be.
    'installed environment': dirname(installation.python),
    'evidence folder': attempt.folder,
    ...Object.fromEntries(suite.runs.map(({ number, log }) => [`Teamspace log ${number}`, log])),
  }
}

/** The real path; of what does not exist yet, that of the nearest ancestor that does. */
async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(await realOf(parent), relative(parent, path))
  }
}

/**
 * Every folder from which git takes what a checkout holds: `.git` itself (a link leads elsewhere, and so
 * does the file that worktrees and submodules have), the repository of a worktree, and the object stores
 * that it borrows from.
 */
async function repositoriesOf(checkout: string): Promise<string[]> {
  const git = join(checkout, '.git')
  const text = await readFile(git, 'utf8').catch(ifNoFile(null))
  const target = /^gitdir:\s*(.+)$/m.exec(text ?? '')?.[1]
  const own = await realOf(target === undefined ? git : resolve(checkout, target.trim()))
  const common = await namedIn(join(own, 'commondir'), own)
  const repositories = [own, ...common]
  const stores = repositories.map((repository) => join(repository, 'objects'))
  return [...repositories, ...(await storesOf(stores))]
}

/** Object stores and those that they name as their alternates, which may have alternates themselves. */
async function storesOf(stores: readonly string[]): Promise<string[]> {
  const known = new Set<string>()
  const waiting = [...stores]
  for (let store = waiting.pop(); store !== undefined; store = waiting.pop()) {
    const real = await realOf(store)
    if (known.has(real)) continue
    known.add(real)
    waiting.push(...(await namedIn(join(real, 'info', 'alternates'), real)))
  }
  return [...known]
}

/** Folders that a file of git names, one a line. */
async function namedIn(file: string, base: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(ifNoFile(''))
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  return Promise.all(lines.map((line) => realOf(resolve(base, line))))
}
