import { access, constants, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { type Finding, fullDisk, missing, present } from '@canary-gate/gate-kernel'
import { type World, writesTo } from '../world/schema.ts'

/** What a folder must be: there already, a git checkout, or able to be made. */
type Demand = 'exists' | 'checkout' | 'creatable'

/** Folders exist, checkouts are checkouts, and everything lies below the workspace (C-008). */
export async function examineFolders(world: World): Promise<Finding[]> {
  const { checkouts, candidate, canary, teamspace, workspace } = world
  const demands: readonly (readonly [subject: string, folder: string, demand: Demand])[] = [
    ['workspace', workspace, 'exists'],
    ['checkouts.cli', checkouts.cli, 'checkout'],
    ['checkouts.events', checkouts.events, 'checkout'],
    ['checkouts.e2e', checkouts.e2e, 'checkout'],
    ['candidate.installer.home', candidate.installer.home, 'creatable'],
    ['candidate.installer.binDir', candidate.installer.binDir, 'creatable'],
    ['canary.cwd', canary.cwd, 'exists'],
    ['canary.home', canary.home, 'creatable'],
    ['teamspace.cwd', teamspace.cwd, 'exists'],
    ['teamspace.logs', teamspace.logs, 'creatable'],
  ]
  return Promise.all(
    demands.map(([subject, folder, demand]) => examineFolder(subject, folder, demand, workspace)),
  )
}

/** There is room where the gate and its programs write, temporary files included. */
export async function examineRoom(world: World): Promise<Finding[]> {
  const folders = [...writesTo(world), tmpdir()]
  const full = await fullDisk(folders)
  const temporary = (await isUsable(tmpdir()))
    ? []
    : [
        missing(
          'TMPDIR',
          `${tmpdir()} is not a folder that can be written`,
          'create it, or set TMPDIR',
        ),
      ]
  if (full === undefined) return [...temporary, present('room on disks', folders.join(', '))]
  const seen = `${Math.floor(full.freeBytes / 1024)} KB left below ${full.folder}`
  return [...temporary, missing('room on disks', seen, 'make room there')]
}

async function examineFolder(
  subject: string,
  folder: string,
  demand: Demand,
  workspace: string,
): Promise<Finding> {
  if (relative(workspace, folder).startsWith('..')) {
    return missing(subject, `${folder} is outside the workspace`, `choose a folder in ${workspace}`)
  }
  const needed = demand === 'creatable' ? await nearestExisting(folder) : folder
  if (!(await isUsable(needed))) {
    const seen = `${needed} is not a folder that can be written`
    return missing(subject, seen, `create it, or correct ${subject}`)
  }
  if (demand === 'checkout' && !(await exists(join(folder, '.git')))) {
    return missing(subject, `${folder} is not a git checkout`, `clone the repository there`)
  }
  return present(subject, folder)
}

async function nearestExisting(folder: string): Promise<string> {
  if ((await exists(folder)) || dirname(folder) === folder) return folder
  return nearestExisting(dirname(folder))
}

async function isUsable(folder: string): Promise<boolean> {
  const isFolder = await stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
  return isFolder && (await exists(folder, constants.W_OK))
}

async function exists(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}
