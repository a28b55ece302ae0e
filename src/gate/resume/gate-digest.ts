import { join } from 'node:path'
import { fingerprintTree, sha256Of } from '../evidence/tree.ts'

/** Folders that decide what a pass means: the register lies in `src/gate`. */
const folders = ['gate', 'reporters', join('src', 'gate')] as const

/** One digest of the gate itself; a proof of another gate is no proof of this one. */
export async function gateDigest(
  root: string = join(import.meta.dirname, '..', '..', '..'),
): Promise<string> {
  const digests = await Promise.all(folders.map((folder) => fingerprintTree(join(root, folder))))
  return sha256Of(digests.join('\n'))
}
