import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Gate } from '../definition/gate.ts'
import { fingerprintTree, sha256Of, sha256OfFile } from '../evidence/tree.ts'

/**
 * One digest of the gate itself: its tests and everything else that decides what a pass means, Node
 * included. A proof by another gate does not prove anything for this one.
 */
export async function gateDigest(gate: Pick<Gate, 'root' | 'folder' | 'sources'>): Promise<string> {
  const paths = [gate.folder, ...gate.sources].map((path) => join(gate.root, path))
  return sha256Of([...(await Promise.all(paths.map(digestOf))), process.version].join('\n'))
}

async function digestOf(path: string): Promise<string> {
  const found = await lstat(path).catch(ifAbsent)
  // An installed package has no lock file of its own; that it has none is part of the digest.
  if (found === undefined) return 'absent'
  return found.isFile() ? sha256OfFile(path) : fingerprintTree(path)
}

function ifAbsent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
