import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { lstat, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { ifAbsent } from '@canary-gate/documents'
import type { Gate } from '../definition/gate.ts'
import { readTree, sha256Of, sha256OfFile } from '../evidence/tree.ts'
import { librariesOf } from './libraries.ts'
import { ownPackages } from './own-packages.ts'

/**
 * One digest of the gate itself: its tests and everything else that decides what a pass means, this
 * project's packages, the libraries that they load, and Node included. A proof by another gate does not
 * prove anything for this one.
 */
export async function gateDigest(gate: Pick<Gate, 'root' | 'folder' | 'sources'>): Promise<string> {
  const own = await ownPackages(gate.root)
  const parts = await Promise.all([
    ...[gate.folder, ...gate.sources].map((path) => digestOf(join(gate.root, path))),
    ...own.map(async ({ name, folder }) => {
      return `${name} ${folder === undefined ? 'absent' : await digestOfTree(folder)}`
    }),
  ])
  const libraries = (await librariesOf(own)).map(({ name, folder }) => {
    return `${name} ${folder === undefined ? 'absent' : digestOfCode(folder)}`
  })
  return sha256Of([...parts, ...libraries, process.version].join('\n'))
}

async function digestOf(path: string): Promise<string> {
  const found = await lstat(path).catch(ifAbsent(undefined))
  // An installed package has no lock file of its own; that it has none is part of the digest.
  if (found === undefined) return 'absent'
  return found.isDirectory() ? digestOfTree(path) : digestOfTarget(path)
}

/** What a link leads to decides, and not that there is a link. */
async function digestOfTarget(path: string): Promise<string> {
  const real = await realpath(path).catch(ifAbsent(undefined))
  if (real === undefined) return 'a link to nothing'
  const found = await lstat(real)
  if (found.isDirectory()) return `a link to ${await digestOfTree(real)}`
  const kind = real === path ? '' : 'a link to '
  return found.isFile() ? kind + (await sha256OfFile(real)) : 'neither file nor folder'
}

async function digestOfTree(folder: string): Promise<string> {
  const { files, oddities, emptyFolders } = await readTree(folder, isKept)
  const others = oddities.map(async (path) => `${path} ${await digestOfTarget(join(folder, path))}`)
  return sha256Of(JSON.stringify([files, await Promise.all(others), emptyFolders]))
}

/** Packages below a package are looked at where they are needed; Python compiles for itself. */
function isKept(name: string): boolean {
  return name !== 'node_modules' && name !== '__pycache__'
}

/** Digests of libraries, with what the file system said of their files. */
const known = new Map<string, { readonly versions: string; readonly digest: string }>()

/**
 * The code of a library. What was built for one machine (`.node`) is left out, so that the same gate has the
 * same digest on each. Read at once: two thousand small files take four times as long one promise each. A
 * process that asks again reads only what was written since, which times and inodes tell.
 */
function digestOfCode(folder: string): string {
  const paths = codeIn(folder, '')
  const versions = paths.map((path) => versionOf(join(folder, path))).join()
  const before = known.get(folder)
  if (before?.versions === versions) return before.digest
  const hash = createHash('sha256')
  for (const path of paths) {
    const bytes = readFileSync(join(folder, path))
    hash.update(`${path}\0${bytes.byteLength}\0`).update(bytes)
  }
  const digest = hash.digest('hex')
  known.set(folder, { versions, digest })
  return digest
}

function codeIn(folder: string, path: string): string[] {
  const entries = readdirSync(join(folder, path), { withFileTypes: true })
  return entries
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const inner = join(path, entry.name)
      if (entry.isDirectory()) return isKept(entry.name) ? codeIn(folder, inner) : []
      return code.test(entry.name) ? [inner] : []
    })
}

function versionOf(file: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true })
  return [file, dev, ino, size, mtimeNs, ctimeNs].join(' ')
}

const code = /\.(?:[cm]?js|json|wasm)$/
