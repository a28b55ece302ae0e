import { realpath } from 'node:fs/promises'
import { relative } from 'node:path'
import type { Gate } from '../definition/gate.ts'
import type { Evidence } from '../evidence/run-evidence.ts'
import { ownPackages } from '../resume/own-packages.ts'

type GateSource = NonNullable<Evidence['gateSource']>

/** More than a reader looks at; the number says how many there are. */
const mostNamed = 50

/**
 * The commit that the gate is from, and what of the gate differs from it: files that decide what a pass
 * means, changed or added since. Undefined where the gate is not a checkout of its own, e.g. installed.
 */
export async function gateSourceOf(
  gate: Pick<Gate, 'root' | 'folder' | 'sources'>,
): Promise<GateSource | undefined> {
  try {
    const top = await git(gate.root, ['rev-parse', '--show-toplevel'])
    if ((await realpath(top.trim())) !== (await realpath(gate.root))) return undefined
    const commit = (await git(gate.root, ['rev-parse', 'HEAD'])).trim()
    const status = ['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all']
    const deciding = [gate.folder, ...gate.sources, ...(await packagesBelow(gate.root))]
    const changed = await git(gate.root, [...status, '--', ...deciding])
    const files = changed.split('\0').flatMap((line) => (line === '' ? [] : [line.slice(3)]))
    return { commit, changed: files.slice(0, mostNamed), changedCount: files.length }
  } catch {
    // No git, or no repository: then nothing is said, and the digest of the gate alone tells.
    return undefined
  }
}

/** Folders of the packages that are a part of the checkout, below its root. */
async function packagesBelow(root: string): Promise<string[]> {
  const top = await realpath(root)
  return (await ownPackages(root)).flatMap(({ folder }) => {
    const path = folder === undefined ? '..' : relative(top, folder)
    return path.startsWith('..') || path.includes('node_modules') ? [] : [path]
  })
}

async function git(folder: string, words: readonly string[]): Promise<string> {
  const own = ['-c', 'core.fsmonitor=false', '-C', folder]
  const { execa } = await import('execa')
  const { stdout } = await execa('git', [...own, ...words], { stdin: 'ignore', timeout: 10_000 })
  return stdout
}
