import { createHash } from 'node:crypto'
import { askGit, git, resolveCommit } from '@canary-gate/programs'
import { inconclusive } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'

/**
 * Everything that is proven of a commit rests on its name being the hash of what it says. Git does not
 * compare the two when it reads: in a damaged or forged clone a commit may name other parents, and a file
 * be another one. So the objects that the proof rests on are hashed here: the commits from the baseline
 * and the fixes to the candidate, and the trees and files of the candidate and of the fixes (GATE/NFR-004).
 *
 * @throws inconclusive stop where the content of one has another name
 */
export async function requireTrueNames(run: GateRun, candidate: string): Promise<void> {
  const clone = run.world.checkouts.cli
  const fixes = (await run.facts.read('fixes')).map(({ commit }) => commit)
  const forged = await misnamed(clone, candidate, [...fixes, run.world.candidate.baseline])
  if (forged.length === 0) return
  throw inconclusive({
    code: 'clone-damaged',
    cause: 'environment',
    what: `the clone holds ${forged.length} object(s) whose content has another name: ${forged.slice(0, 3).join(', ')}`,
    where: clone,
    next: 'clone the repository anew (git fsck names what is damaged), then run the gate again',
    findings: forged,
  })
}

/**
 * Objects that do not hash to their names, as `<type> <name>`. What a partial clone has not fetched is
 * not there to be forged: git names what it fetches by its content.
 *
 * @param anchors commits that the candidate is proven to contain; the first parent of each counts as well
 */
export async function misnamed(
  clone: string,
  candidate: string,
  anchors: readonly string[],
): Promise<string[]> {
  const known = await existing(clone, anchors)
  const roots = await existing(clone, [...known, ...known.map((commit) => `${commit}^1`)])
  const before = known.map((commit) => `${commit}^@`)
  const list = async (words: readonly string[]): Promise<string[]> =>
    (await git(clone, ['rev-list', ...words])).split('\n')
  const commits = await list([candidate, '--not', ...before])
  const trees = ['--objects', '--no-object-names', '--missing=print', '--no-walk']
  const content = await list([...trees, candidate, ...roots])
  const names = [...new Set([...commits, ...roots, ...content])].filter((name) =>
    /^\w+$/.test(name),
  )
  const found: string[] = []
  for (let at = 0; at < names.length; at += batch)
    found.push(...(await misnamedAmong(clone, names.slice(at, at + batch))))
  return found
}

const batch = 200

async function existing(clone: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => resolveCommit(clone, name)))
  return found.filter((name) => name !== null)
}

async function misnamedAmong(clone: string, names: readonly string[]): Promise<string[]> {
  const answer = await askGit(clone, ['cat-file', '--batch', '--buffer'], `${names.join('\n')}\n`)
  if (!answer.ok) return [`not readable: ${answer.stderr.split('\n')[0] ?? ''}`]
  const found: string[] = []
  let at = 0
  for (const name of names) {
    const lineEnd = answer.stdout.indexOf('\n', at)
    const [, type = '', size = ''] = answer.stdout.toString('utf8', at, lineEnd).split(' ')
    const end = lineEnd + 1 + Number(size)
    if (size === '') {
      found.push(`missing ${name}`)
      at = lineEnd + 1
      continue
    }
    const hash = createHash(name.length === 64 ? 'sha256' : 'sha1')
    const actual = hash.update(`${type} ${size}\0`).update(answer.stdout.subarray(lineEnd + 1, end))
    if (actual.digest('hex') !== name) found.push(`${type} ${name}`)
    at = end + 1
  }
  return found
}
