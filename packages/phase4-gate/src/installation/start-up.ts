import { createHash } from 'node:crypto'
import { type Dirent, statSync } from 'node:fs'
import { readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ifAbsent, ifNoFile } from '@canary-gate/documents'
import type { InstalledPlaces } from './installer.ts'

/** What Python imports from a folder: a module of any kind, a package, and the lines of a `.pth` file. */
const importable = /^[A-Za-z_]\w*(?:\.[\w-]+)?\.(?:py|pyc|so|pyd)$|\.(?:pth|egg-link)$/
const packageName = /^[A-Za-z_]\w*$/

/** Installers lay these into each environment and list them in no `RECORD`; this is all they say. */
const ofInstallers: Readonly<Record<string, RegExp>> = {
  'pipx_shared.pth': /^(?!import\s)\S[^\n]*\n?$/,
  '_virtualenv.pth': /^import _virtualenv\n?$/,
  // Another text with each version of virtualenv and uv; from the installation on it must not change.
  '_virtualenv.py': /^/,
  'activate_this.py': /^/,
}

/**
 * What can be imported from an environment although nobody installed it. Python begins every program with
 * a `.pth` file or `sitecustomize`, takes the folder `six` or a library `six.….so` before `six.py`, whose
 * bytes stayed as they were, and looks beside the program before it looks anywhere else (GATE/NFR-004).
 *
 * @param recorded paths that some distribution's `RECORD` lists
 */
export async function foreignModules(
  sitePackages: string,
  recorded: ReadonlySet<string>,
): Promise<readonly string[]> {
  const beside = [...recorded].flatMap((path) => /(?:^|\/)bin\/([^/]+)$/.exec(path)?.[1] ?? [])
  const programs = await importableIn(join(sitePackages, '..', '..', '..', 'bin'), new Set(beside))
  const installed = new Set([...recorded].map((path) => path.split('/')[0] ?? ''))
  return [
    ...programs.map((name) => `bin/${name}`),
    ...(await importableIn(sitePackages, installed)),
  ]
}

async function importableIn(folder: string, known: ReadonlySet<string>): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(ifAbsent([]))
  const foreign: string[] = []
  for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    const { name } = entry
    // A link may lead to either.
    const isModule = !entry.isDirectory() && importable.test(name)
    const isPackage = !entry.isFile() && packageName.test(name) && !isProgram(folder, entry)
    if (!(isModule || isPackage) || known.has(name) || name === '__pycache__') continue
    const usual = ofInstallers[name]
    const text = await readFile(join(folder, name), 'utf8').catch(ifNoFile(null))
    if (text === null || usual?.test(text) !== true) foreign.push(name)
  }
  return foreign
}

/** `bin/python` is a link, and what is not a folder is not a package. */
function isProgram(folder: string, entry: Dirent): boolean {
  const target = statSync(join(folder, entry.name), { throwIfNoEntry: false })
  return target?.isDirectory() !== true
}

/**
 * One digest of what decides which code runs in an environment and has no hash in a `RECORD`: which
 * Python it belongs to, the program as it is called, what the installer laid there, and the files that a
 * `RECORD` lists without one.
 *
 * @param unhashed paths that a `RECORD` lists without a hash, relative to site-packages
 */
export async function digestUnhashed(
  { python, bin }: InstalledPlaces,
  sitePackages: string,
  unhashed: readonly string[],
): Promise<string> {
  const environment = dirname(dirname(python))
  const files = [
    bin,
    join(environment, 'pyvenv.cfg'),
    ...Object.keys(ofInstallers).map((name) => join(sitePackages, name)),
    ...unhashed.filter((path) => !mayChange.test(path)).map((path) => join(sitePackages, path)),
  ]
  const digests: string[] = []
  for (const file of files) {
    const bytes = await readFile(file).catch(ifNoFile(null))
    if (bytes !== null) digests.push(`${file}\0${sha256OfBytes(bytes)}`)
  }
  const links = await Promise.all([python, bin].map((file) => realpath(file).catch(ifNoFile(''))))
  return [...links, ...digests].join('\n')
}

function sha256OfBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** An environment that takes the packages of the machine as well runs what nobody installed with the candidate. */
export async function opensToTheMachine(python: string): Promise<boolean> {
  const file = join(dirname(dirname(python)), 'pyvenv.cfg')
  const text = await readFile(file, 'utf8').catch(ifAbsent(''))
  return /^\s*include-system-site-packages\s*=\s*true\s*$/im.test(text)
}

/** The record itself is held by its own digest, and Python compiles for itself. */
const mayChange = /\.dist-info\/RECORD(?:\.\w+)?$|\.pyc$/
