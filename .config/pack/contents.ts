import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Module, readModules } from '../dependency-rules/modules.ts'

/** The parts of a package.json that packing reads. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** What goes into the tarball of one package. */
export interface Contents {
  /** Folder below `packages`. */
  readonly folder: string
  readonly manifest: Manifest
  /** Folders and files of the checkout that are packed, by their paths below its root. */
  readonly parts: readonly string[]
  /** External packages with their exact versions: the union of what all parts need. */
  readonly dependencies: Readonly<Record<string, string>>
}

/**
 * `canary-gate run` without a configuration starts the rehearsal world, so the gate, its world and
 * the engine that the world's candidates are built from are in its tarball.
 */
const REHEARSAL = {
  folders: ['gate'],
  files: ['vitest.config.ts', 'specs/register.ts'],
  packages: ['reporters', 'spec-kitty', 'sync-engine'],
} as const

/**
 * Packages that are not put into a tarball but installed along with it: a gate's own requirements and
 * Vitest's side of it must share one kernel.
 */
export const PEERS: Readonly<Record<string, readonly string[]>> = { reporters: ['gate-kernel'] }

/** Fixtures that only specs of the checkout use. */
const ONLY_FOR_SPECS = [
  ...[
    'cli',
    'endings',
    'engine',
    'fix-corpus',
    'hub',
    'real-tools',
    'release-world',
    'runner',
    'short-run',
    'verifier',
  ],
]

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Path of a package below the root: one of them is at the top level, because Vitest's side of a gate is. */
export function pathOf(folder: string): string {
  return folder === 'reporters' ? folder : `packages/${folder}`
}

/** Name → folder of every package of the checkout. */
export function packagesOf(root: string): ReadonlyMap<string, string> {
  const folders = readdirSync(join(root, 'packages')).filter((folder) =>
    existsSync(join(root, 'packages', folder, 'package.json')),
  )
  if (existsSync(join(root, 'reporters', 'package.json'))) folders.push('reporters')
  return new Map(folders.map((folder) => [readManifest(join(root, pathOf(folder))).name, folder]))
}

/**
 * @param folder of the package, below `packages`
 * @throws Error if a packed module imports one that is not packed
 */
export function contentsOf(root: string, folder: string): Contents {
  const names = packagesOf(root)
  const withRehearsal = folder === 'canary-gate'
  const start = [folder, ...(withRehearsal ? REHEARSAL.packages : [])]
  const folders = closure(root, names, start, PEERS[folder])
  const parts = [
    ...folders.flatMap(sourcesOf),
    ...(withRehearsal ? [...REHEARSAL.folders, ...REHEARSAL.files, ...fixturesOf(root)] : []),
  ].filter((part) => existsSync(join(root, part)))
  const ofPackages = folders.map((one) => readManifest(join(root, pathOf(one))).dependencies)
  const ofRehearsal = withRehearsal ? externalImports(root, parts, names) : {}
  const all = Object.entries(
    Object.assign({}, ofRehearsal, ...ofPackages) as Record<string, string>,
  )
  // Its types are a package of their own, and declarations of ours name them.
  const sqliteTypes = readManifest(root).devDependencies?.['@types/better-sqlite3']
  if (all.some(([name]) => name === 'better-sqlite3') && sqliteTypes !== undefined)
    all.push(['@types/better-sqlite3', sqliteTypes])
  const external = all.filter(([name]) => !names.has(name)).sort()
  return {
    folder,
    manifest: readManifest(join(root, pathOf(folder))),
    parts,
    dependencies: Object.fromEntries(external),
  }
}

function sourcesOf(folder: string): string[] {
  return folder === 'reporters' ? [folder] : [`packages/${folder}/src`, `packages/${folder}/bin`]
}

/** The packages with all of ours that they depend on. */
function closure(
  root: string,
  names: ReadonlyMap<string, string>,
  start: readonly string[],
  peers: readonly string[] = [],
): string[] {
  const found = new Set<string>()
  const add = (folder: string): void => {
    if (found.has(folder) || peers.includes(folder)) return
    found.add(folder)
    for (const name of Object.keys(readManifest(join(root, pathOf(folder))).dependencies ?? {})) {
      const own = names.get(name)
      if (own !== undefined) add(own)
    }
  }
  start.forEach(add)
  return [...found].sort()
}

function fixturesOf(root: string): string[] {
  return readdirSync(join(root, 'fixtures'))
    .filter((name) => !ONLY_FOR_SPECS.includes(name))
    .map((name) => `fixtures/${name}`)
}

/** What the packed modules outside of the packages import, with the versions of the checkout. */
function externalImports(
  root: string,
  parts: readonly string[],
  names: ReadonlyMap<string, string>,
): Record<string, string> {
  const isPacked = (path: string): boolean =>
    parts.some((part) => path === part || path.startsWith(`${part}/`))
  const packed = readModules(root).filter(({ path }) => isPacked(path))
  for (const { path, imports } of packed)
    for (const { file, specifier } of imports) {
      const isOurs = file !== undefined && existsSync(join(root, file))
      if (isOurs && !isPacked(file))
        throw new Error(`${path} is packed, but what it imports is not: ${file}`)
      const own = names.get(specifier)
      if (own !== undefined && !sourcesOf(own).some((part) => parts.includes(part)))
        throw new Error(`${path} is packed, but what it imports is not: ${specifier}`)
    }
  const declared = readManifest(root).devDependencies ?? {}
  const used = packed.filter(({ path }) => !path.startsWith('packages/')).flatMap(namesOf)
  return Object.fromEntries(
    ['vitest', ...used].flatMap((name) => {
      const version = declared[name]
      return version === undefined ? [] : [[name, version]]
    }),
  )
}

function namesOf({ imports }: Module): string[] {
  return imports
    .filter(({ file }) => file === undefined)
    .map(({ specifier }) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    )
}
