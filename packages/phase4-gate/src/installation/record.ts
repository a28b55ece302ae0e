import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { ifAbsent, ifNoFile } from '@canary-gate/documents'
import { inconclusive, sha256Of } from '@canary-gate/gate-kernel'
import type { InstalledPlaces } from './installer.ts'
import { findDistribution, sitePackagesOf } from './place.ts'
import { digestUnhashed, foreignModules, opensToTheMachine } from './start-up.ts'

/** What became of the files that an installation recorded. */
export interface RecordReport {
  /** The `RECORD` file that was read. */
  readonly record: string
  /**
   * Of that file, of the `RECORD` of each distribution that is installed with it, and of what decides which
   * code runs there and has a hash in none of them.
   */
  readonly sha256: string
  readonly files: number
  /** Files of the environment that are missing, whose bytes differ, or that nobody installed, each with what is wrong. */
  readonly problems: readonly string[]
}

/** One line of a `RECORD`: path relative to site-packages and its expected hash, if any. */
export interface RecordLine {
  readonly path: string
  readonly hash: string | null
}

/**
 * Checks every file of the installed candidate, and of all that is installed with it, against the
 * `RECORD` of its distribution (GATE/NFR-004). The canary step
 * repeats it after every run: a candidate that patches itself is not the one that was tagged.
 *
 * @param places the program, and the interpreter of its environment
 * @param project name of the distribution, e.g. `spec-kitty-cli`
 * @param recorded SHA-256 of the `RECORD` that was compared with the wheel, once it is known: whoever
 *   changes a file can also change what is recorded of it
 */
export async function verifyRecord(
  places: InstalledPlaces,
  project: string,
  recorded?: string,
): Promise<RecordReport> {
  const sitePackages = await sitePackagesOf(places.python)
  const distribution = await findDistribution(sitePackages, project)
  if (distribution === null) throw notInstalled(sitePackages, project)
  const record = join(distribution.distInfo, 'RECORD')
  const text = await readFile(record, 'utf8').catch(ifAbsent(''))
  const others = await otherRecords(sitePackages, record)
  const lines = parseRecord(text)
  // What the candidate runs is its dependencies as well, the events package among them.
  const all = [...lines, ...others.flatMap(([, other]) => parseRecord(other))]
  const unhashed = all.flatMap(({ path, hash }) => (hash === null ? [path] : []))
  const rest = await digestUnhashed(places, sitePackages, unhashed)
  const unlisted = await unlistedMetadata(sitePackages)
  const sha256 = sha256Of(
    [text, ...others.map(([name, other]) => `${name}\n${other}`), rest, ...unlisted].join(''),
  )
  if (lines.length === 0) {
    const problems = ['RECORD is missing or empty, nothing can be verified']
    return { record, sha256, files: 0, problems }
  }
  const isOther = recorded !== undefined && recorded !== sha256
  const changed = await Promise.all(all.map((line) => problemOf(sitePackages, line)))
  const added = await addedFiles(sitePackages, all)
  const problems = [
    ...(isOther
      ? ['RECORD, or what the environment begins with, was changed after the installation']
      : []),
    ...changed.filter((problem) => problem !== null),
    ...added.map((path) => `${path} was added to what was installed`),
    ...((await opensToTheMachine(places.python))
      ? ['pyvenv.cfg lets in the packages of the machine']
      : []),
  ]
  return { record, sha256, files: lines.length, problems }
}

/** The `RECORD` of every other distribution in the environment, by its folder, in a fixed order. */
async function otherRecords(
  sitePackages: string,
  own: string,
): Promise<readonly (readonly [folder: string, text: string])[]> {
  const names = (await readdir(sitePackages)).filter((name) => name.endsWith('.dist-info')).sort()
  const others = names.filter((name) => join(sitePackages, name, 'RECORD') !== own)
  return Promise.all(
    others.map(async (name) => {
      const text = await readFile(join(sitePackages, name, 'RECORD'), 'utf8').catch(ifAbsent(''))
      return [name, text] as const
    }),
  )
}

/**
 * Metadata that no `RECORD` lists. An installer may leave some; a file of entry points that is laid there later
 * has a program load what it names (`importlib.metadata`), for every distribution in the environment.
 */
async function unlistedMetadata(sitePackages: string): Promise<string[]> {
  const recorded = await recordedPaths(sitePackages)
  const folders = (await readdir(sitePackages)).filter((name) => name.endsWith('.dist-info'))
  const found = await Promise.all(folders.map((folder) => filesBelow(sitePackages, folder)))
  const paths = found.flat().filter((path) => !recorded.has(path) && !path.endsWith('/RECORD'))
  return Promise.all(
    paths
      .sort()
      .map(async (path) => `${path} ${sha256Of(await readFile(join(sitePackages, path)))}\n`),
  )
}

/**
 * Files in the distributions' own folders that no `RECORD` lists: `batch/__init__.py` laid beside
 * `batch.py` is imported in its place. What the interpreter compiles for itself does not count. Beside
 * those folders it is whatever Python could import.
 */
async function addedFiles(
  sitePackages: string,
  lines: readonly RecordLine[],
): Promise<readonly string[]> {
  const folders = new Set(lines.map(({ path }) => ownFolder.exec(path)?.[1] ?? ''))
  folders.delete('')
  const recorded = await recordedPaths(sitePackages)
  const found = await Promise.all([...folders].map((folder) => filesBelow(sitePackages, folder)))
  const inOwnFolders = found
    .flat()
    .filter((path) => !recorded.has(path) && !path.includes('__pycache__/'))
    .sort()
  return [...inOwnFolders, ...(await foreignModules(sitePackages, recorded))]
}

/** The first folder of a path, unless it holds metadata or lies outside. */
const ownFolder = /^(?!\.\.\/)(?![^/]*\.(?:dist-info|data)\/)([^/]+)\//

/** Distributions may share a folder, so what any of them lists is accounted for. */
async function recordedPaths(sitePackages: string): Promise<ReadonlySet<string>> {
  const names = (await readdir(sitePackages)).filter((name) => name.endsWith('.dist-info'))
  const records = names.map((name) =>
    readFile(join(sitePackages, name, 'RECORD'), 'utf8').catch(ifAbsent('')),
  )
  const lines = (await Promise.all(records)).flatMap(parseRecord)
  return new Set(lines.map(({ path }) => path))
}

async function filesBelow(sitePackages: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(sitePackages, folder), {
    recursive: true,
    withFileTypes: true,
  }).catch(ifAbsent([]))
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(sitePackages, join(parentPath, name)))
}

/** Reads the CSV of a `RECORD`; the hash column may be empty (RECORD itself, compiled files). */
export function parseRecord(text: string): readonly RecordLine[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const match = /^(?:"(?<quoted>(?:[^"]|"")*)"|(?<plain>[^,]*)),(?<hash>[^,]*)/.exec(line)
      const path =
        match?.groups?.['quoted']?.replaceAll('""', '"') ?? match?.groups?.['plain'] ?? line
      const hash = match?.groups?.['hash'] ?? ''
      return { path, hash: hash === '' ? null : hash }
    })
}

async function problemOf(sitePackages: string, { path, hash }: RecordLine): Promise<string | null> {
  if (hash === null) return null
  const bytes = await readFile(join(sitePackages, path)).catch(ifNoFile(null))
  if (bytes === null) return `${path} is missing`
  const [algorithm = '', expected = ''] = hash.split('=', 2)
  if (algorithm !== 'sha256') return `${path} is recorded with ${algorithm}, which is not accepted`
  const actual = createHash('sha256').update(bytes).digest('base64url')
  return actual === expected ? null : `${path} differs from what was installed`
}

function notInstalled(sitePackages: string, project: string): Error {
  return inconclusive({
    code: 'installation-missing',
    what: `${project} is not installed there`,
    where: sitePackages,
    next: 'run the gate from its beginning, so that it installs the candidate',
  })
}
