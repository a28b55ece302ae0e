import { join } from 'node:path'
import type { Gate } from '../definition/gate.ts'
import { sha256Of } from '../evidence/tree.ts'
import { digestOfFolder, digestOfPath } from './folder-digest.ts'
import { librariesOf } from './libraries.ts'
import { ownPackages } from './own-packages.ts'

/**
 * One digest of the gate itself: its tests and everything else that decides what a pass means, this
 * project's packages, the libraries that they load, and Node included. A proof by another gate does not
 * prove anything for this one. An installed package has no lock file of its own; that it has none is part of
 * the digest.
 */
export async function gateDigest(gate: Pick<Gate, 'root' | 'folder' | 'sources'>): Promise<string> {
  const own = await ownPackages(gate.root)
  const libraries = await librariesOf(own)
  return sha256Of(
    [
      ...[gate.folder, ...gate.sources].map((path) => digestOfPath(join(gate.root, path))),
      ...own.map(({ name, folder }) => lineOf(name, folder)),
      ...libraries.map(({ name, folder }) => lineOf(name, folder, isCode)),
      process.version,
    ].join('\n'),
  )
}

function lineOf(name: string, folder?: string, isPart?: (name: string) => boolean): string {
  return `${name} ${folder === undefined ? 'absent' : digestOfFolder(folder, isPart)}`
}

/** What was built for one machine (`.node`) is left out: the same gate has the same digest on each. */
function isCode(name: string): boolean {
  return /\.(?:[cm]?js|json|wasm)$/.test(name)
}
