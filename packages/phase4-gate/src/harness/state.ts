import { constants } from 'node:fs'
import { access, readdir, realpath, stat } from 'node:fs/promises'
import { delimiter, dirname, join, resolve, sep } from 'node:path'
import { ifAbsent } from '@canary-gate/documents'
import { sha256Of, sha256OfFile } from '@canary-gate/gate-kernel'
import { askGit, git, resolveCommit } from '@canary-gate/programs'
import type { Fact } from '../run/facts.ts'
import type { GateRun } from '../run/run.ts'
import { writesTo } from '../world/schema.ts'
import { type HeldFolder, holdFolder, type Kind, kindOf } from './files.ts'

type State = Fact<'harness'>
type Part = State['canary']

/**
 * What canary and suite do: the commit that is checked out where they work, every file there, and the files
 * that their commands name, with the programs next to those. Evidence that they write is not a part of it.
 */
export async function harnessState(run: Pick<GateRun, 'world' | 'folder'>): Promise<State> {
  const { canary, teamspace } = run.world
  return {
    canary: await partOf(run, [canary.command, ...canary.selfTests], canary.cwd),
    suite: await partOf(run, [teamspace.command], teamspace.cwd),
  }
}

type Commands = readonly (readonly string[])[]

async function partOf(
  run: Pick<GateRun, 'world' | 'folder'>,
  commands: Commands,
  cwd: string,
): Promise<Part> {
  const held = await holdFolder(cwd, await leftOut(run, cwd))
  const { commit, tracked } = await checkoutAt(cwd)
  const named = await Promise.all(
    commands.flatMap((words) => words.map((word) => fileNamed(cwd, word))),
  )
  const files = [...held.files].sort(([one], [other]) => (one < other ? -1 : 1))
  const ofCommit = files.filter(([path]) => tracked.has(path))
  return {
    commit,
    commands: sha256Of(JSON.stringify([commands, named])),
    tracked: sha256Of(JSON.stringify(ofCommit.map(([path, { digest }]) => [path, digest]))),
    versions: sha256Of(JSON.stringify(ofCommit.map(([path, { version }]) => [path, version]))),
    ...(await others(held, cwd, tracked)),
    tools: Object.fromEntries(held.tools),
  }
}

/** A folder that is not a checkout tracks no file; what is in it is compared all the same. */
async function checkoutAt(cwd: string): Promise<{ commit: string | null; tracked: Set<string> }> {
  const inside = await askGit(cwd, ['rev-parse', '--is-inside-work-tree'])
  if (!inside.ok && inside.stderr.includes('not a git repository'))
    return { commit: null, tracked: new Set() }
  const listed = await git(cwd, ['ls-files', '-z', '--recurse-submodules'])
  return { commit: await resolveCommit(cwd, 'HEAD'), tracked: new Set(listed.split('\0')) }
}

/** Folders that belong to the run: nothing of what is executed is in them. */
async function leftOut(
  { world, folder }: Pick<GateRun, 'world' | 'folder'>,
  cwd: string,
): Promise<string[]> {
  const { checkouts, candidate } = world
  const artifacts = [join(cwd, 'artifacts'), join(checkouts.e2e, 'artifacts')]
  const written = [...writesTo(world), candidate.installer.binDir, dirname(folder), ...artifacts]
  const subjects = [checkouts.cli, checkouts.events].filter((one) => one !== checkouts.e2e)
  const [own, ...real] = await Promise.all(
    [cwd, ...written, ...subjects].map((one) => realpath(one).catch(() => one)),
  )
  // A workspace has everything in it, what is executed too.
  return real.filter((one) => own !== one && own?.startsWith(one + sep) !== true)
}

type Others = Pick<Part, 'programs' | 'unknown'>

/** Files that no commit has. */
async function others(
  { files }: HeldFolder,
  cwd: string,
  tracked: ReadonlySet<string>,
): Promise<Others> {
  const found: Record<Kind, Record<string, string>> = { program: {}, unknown: {}, record: {} }
  for (const [path, { digest }] of files)
    if (!tracked.has(path)) found[await kindOf(join(cwd, path))][path] = digest
  return { programs: found.program, unknown: found.unknown }
}

/** What a word of a command names, a path or a program that is looked for, and the programs next to it. */
async function fileNamed(cwd: string, word: string): Promise<unknown> {
  const places = (process.env['PATH'] ?? '').split(delimiter).filter((one) => one !== '')
  if (/^[\w.+-]+$/.test(word) && !word.startsWith('-')) {
    const file = await firstProgram(places.map((place) => join(place, word)))
    if (file !== null) return [file, await digestOf(file)]
  }
  const path = resolve(cwd, word)
  const digest = await digestOf(path)
  const folder = dirname(path)
  // What is in the checkout is compared as a whole, and a folder of tools has nothing to do with one of them.
  const isAlone = digest === null || places.includes(folder) || path.startsWith(cwd + sep)
  if (isAlone || (await kindOf(path)) !== 'program') return digest
  return [digest, ...(await programsIn(folder))]
}

async function firstProgram(files: readonly string[]): Promise<string | null> {
  for (const file of files) {
    const isProgram = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isProgram && (await stat(file)).isFile()) return file
  }
  return null
}

async function programsIn(folder: string): Promise<string[]> {
  const found: string[] = []
  for (const name of (await readdir(folder)).sort()) {
    const file = join(folder, name)
    const digest = await digestOf(file)
    if (digest !== null && (await kindOf(file)) === 'program') found.push(`${name} ${digest}`)
  }
  return found
}

/** An interpreter is large and changes seldom: its time says enough. */
const largest = 16 * 1024 * 1024

async function digestOf(path: string): Promise<string | null> {
  const found = await stat(path).catch(ifAbsent(null))
  if (found?.isFile() !== true) return null
  return found.size > largest ? `${found.size} ${found.mtimeMs}` : sha256OfFile(path)
}
