import { createHash } from 'node:crypto'
import { readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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
}

/**
 * What can be imported from an environment although nobody installed it. Python begins every program with
 * a `.pth` file or `sitecustomize`, and takes the folder `six` or a library `six.….so` before `six.py`,
 * whose bytes stayed as they were (GATE/NFR-004).
 *
 * @param recorded paths that some distribution's `RECORD` lists
 */
export async function foreignModules(
  sitePackages: string,
  recorded: ReadonlySet<string>,
): Promise<readonly string[]> {
  const known = new Set([...recorded].map((path) => path.split('/')[0]))
  const entries = await readdir(sitePackages, { withFileTypes: true })
  const foreign: string[] = []
  for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    const { name } = entry
    const isMeant = entry.isFile() ? importable.test(name) : packageName.test(name)
    if (!isMeant || known.has(name) || name === '__pycache__') continue
    const usual = ofInstallers[name]
    const text = await readFile(join(sitePackages, name), 'utf8').catch(() => null)
    if (text === null || usual?.test(text) !== true) foreign.push(name)
  }
  return foreign
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
    const bytes = await readFile(file).catch(() => null)
    if (bytes !== null) digests.push(`${file}\0${sha256OfBytes(bytes)}`)
  }
  const links = await Promise.all([python, bin].map((file) => realpath(file).catch(() => '')))
  return [...links, ...digests].join('\n')
}

function sha256OfBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The record itself is held by its own digest, and Python compiles for itself. */
const mayChange = /\.dist-info\/RECORD(?:\.\w+)?$|\.pyc$/
