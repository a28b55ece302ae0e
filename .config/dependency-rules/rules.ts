import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { ALLOWED, ONLY_IN } from './allowed.ts'
import { cyclesIn, graphOf } from './cycles.ts'
import { type Import, type Module, ownerOf } from './modules.ts'

export interface Violation {
  readonly rule:
    | 'cycle-of-files'
    | 'cycle-of-folders'
    | 'forbidden-import'
    | 'inside-of-another-package'
    | 'undeclared-dependency'
    | 'copied-requirement'
    | 'stale-known-violation'
  readonly from: string
  readonly to: string
}

/** Names a package by what stands in its package.json. */
interface Manifest {
  readonly name: string
  readonly declared: readonly string[]
}

/** Every breach of the rules of packages and folders in the tree below `root`. */
export function violationsIn(root: string, modules: readonly Module[]): Violation[] {
  const manifests = readManifests(root, modules)
  return [
    ...modules.flatMap((module) =>
      module.imports.flatMap((one) => importViolations(module, one, manifests)),
    ),
    ...cyclesOfFiles(modules),
    ...cyclesOfFolders(modules),
  ]
}

function readManifests(root: string, modules: readonly Module[]): ReadonlyMap<string, Manifest> {
  const owners = [...new Set(modules.map(({ owner }) => owner))]
  const ownFolder = (owner: string): string[] => {
    const inPackages = modules.some(({ path }) => path.startsWith(`packages/${owner}/`))
    return inPackages ? ['packages', owner] : [owner]
  }
  return new Map(
    owners.map((owner) => [
      owner,
      readManifest(join(root, ...ownFolder(owner))) ??
        readManifest(root) ?? { name: owner, declared: [] },
    ]),
  )
}

function readManifest(folder: string): Manifest | undefined {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8')
    const json = JSON.parse(text) as { name: string } & Record<string, Record<string, string>>
    const declared = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies']
    return { name: json.name, declared: declared.flatMap((key) => Object.keys(json[key] ?? {})) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function importViolations(
  module: Module,
  { specifier, file }: Import,
  manifests: ReadonlyMap<string, Manifest>,
): Violation[] {
  if (file !== undefined) return relativeViolations(module, file)
  if (isBuiltin(specifier) || /^(data|virtual|original):/.test(specifier)) return []
  const name = packageNameOf(specifier)
  const own = manifests.get(module.owner)
  if (own === undefined || name === own.name) return []
  const found: Violation[] = []
  if (!own.declared.includes(name))
    found.push({ rule: 'undeclared-dependency', from: module.path, to: name })
  const target = [...manifests].find(([, manifest]) => manifest.name === name)?.[0]
  const isForbidden =
    target === undefined
      ? ONLY_IN[name]?.includes(module.owner) === false
      : !mayImport(module.owner, target)
  if (isForbidden) found.push({ rule: 'forbidden-import', from: module.path, to: name })
  return found
}

/** Other packages are reached by their names; only specs and fixtures look inside of one. */
function relativeViolations({ path, owner }: Module, file: string): Violation[] {
  const target = ownerOf(file)
  if (target === owner || !file.includes('/')) return []
  if (!mayImport(owner, target)) return [{ rule: 'forbidden-import', from: path, to: file }]
  const looksInside = owner !== 'specs' && owner !== 'fixtures' && file.startsWith('packages/')
  return looksInside ? [{ rule: 'inside-of-another-package', from: path, to: file }] : []
}

function mayImport(from: string, to: string): boolean {
  return ALLOWED[from]?.includes(to) === true
}

function packageNameOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}

function cyclesOfFiles(modules: readonly Module[]): Violation[] {
  const edges = modules.flatMap(({ path, imports }) =>
    imports.flatMap(({ file }) => (file === undefined ? [] : [[path, file] as const])),
  )
  return cyclesIn(graphOf(edges)).map((group) => cycle('cycle-of-files', group))
}

/** Inside of one package (or top folder) only: between packages the list of allowed ones decides. */
function cyclesOfFolders(modules: readonly Module[]): Violation[] {
  const edges = modules.flatMap(({ path, owner, imports }) =>
    imports.flatMap(({ file }) =>
      file === undefined || ownerOf(file) !== owner
        ? []
        : [[dirname(path), dirname(file)] as const],
    ),
  )
  return cyclesIn(graphOf(edges)).map((group) => cycle('cycle-of-folders', group))
}

function cycle(rule: 'cycle-of-files' | 'cycle-of-folders', group: readonly string[]): Violation {
  return { rule, from: group[0] ?? '', to: group.slice(1).join(' ') }
}
