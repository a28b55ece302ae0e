import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { ifAbsent } from '@canary-gate/documents'
import type { Gate } from '../definition/gate.ts'
import { fingerprintTree, sha256Of, sha256OfFile } from '../evidence/tree.ts'
import { ownPackages } from './own-packages.ts'

/**
 * One digest of the gate itself: its tests and everything else that decides what a pass means, this
 * project's packages and Node included. A proof by another gate does not prove anything for this one.
 */
export async function gateDigest(gate: Pick<Gate, 'root' | 'folder' | 'sources'>): Promise<string> {
  const named = [gate.folder, ...gate.sources].map((path) => digestOf(join(gate.root, path)))
  const packages = (await ownPackages(gate.root)).map(async ({ name, folder }) => {
    return `${name} ${folder === undefined ? 'absent' : await fingerprintTree(folder)}`
  })
  const parts = [...(await Promise.all(named)), ...(await Promise.all(packages)), process.version]
  return sha256Of(parts.join('\n'))
}

async function digestOf(path: string): Promise<string> {
  const found = await lstat(path).catch(ifAbsent(undefined))
  // An installed package has no lock file of its own; that it has none is part of the digest.
  if (found === undefined) return 'absent'
  return found.isFile() ? sha256OfFile(path) : fingerprintTree(path)
}
