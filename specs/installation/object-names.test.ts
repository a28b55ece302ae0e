import { chmod, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, expect } from 'vitest'
import { createHistories, type Histories } from '../../fixtures/histories/index.ts'
import {
  misnamed,
  requireTrueNames,
} from '../../packages/phase4-gate/src/installation/object-names.ts'
import { askGit, git, isAncestor } from '../../packages/programs/src/git.ts'
import { testRun } from '../evidence/workspace.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

let folder = ''
let histories: Histories
let number = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'names-'))
  histories = await createHistories(join(folder, 'histories'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const commitOf = (tag: string): string =>
  histories.cli.tags.find(({ name }) => name === tag)?.commit ?? ''

/** A copy of the clone in which one object says something else under the same name. */
async function forging(
  name: string,
  type: 'blob' | 'commit',
  change: (text: string) => string,
): Promise<string> {
  const clone = join(folder, `forged-${(number += 1)}`)
  await cp(histories.cli.folder, clone, { recursive: true })
  const text = await git(clone, ['cat-file', type, name])
  const bytes = Buffer.from(`${change(text)}\n`)
  await git(clone, ['unpack-objects', '-q'], await packOf(histories.cli.folder, name))
  const gitFolder = await git(clone, ['rev-parse', '--absolute-git-dir'])
  const file = join(gitFolder, 'objects', name.slice(0, 2), name.slice(2))
  await chmod(file, 0o644).catch(() => undefined)
  await writeFile(
    file,
    deflateSync(Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes])),
  )
  return clone
}

async function packOf(clone: string, name: string): Promise<Buffer> {
  const answer = await askGit(clone, ['pack-objects', '--stdout', '-q'], `${name}\n`)
  return answer.ok ? answer.stdout : Buffer.alloc(0)
}

spec('GATE/NFR-004', 'objects of a good clone have the names of their content', async () => {
  const { cli, baseline } = histories
  expect(await misnamed(cli.folder, commitOf('v3.2.0rc16'), [baseline])).toEqual([])
})

spec('GATE/NFR-004', 'a commit that claims the baseline among its parents is found', async () => {
  const { baseline, cli } = histories
  const tree = await git(cli.folder, ['rev-parse', `${commitOf('v3.2.0rc16')}^{tree}`])
  const commitTree = async (...parents: string[]): Promise<string> => {
    const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.test']
    const words = parents.flatMap((parent) => ['-p', parent])
    return git(cli.folder, [...who, 'commit-tree', ...words, '-m', 'side', tree])
  }
  // Git hashes the commit that it is asked for, but none on the way.
  const inner = await commitTree()
  const candidate = await commitTree(inner)
  expect(await isAncestor(cli.folder, baseline, candidate)).toBe(false)
  const clone = await forging(inner, 'commit', (text) =>
    text.replace(/^tree \w+$/m, `$&\nparent ${baseline}`),
  )
  expect(await isAncestor(clone, baseline, candidate)).toBe(true)
  expect(await misnamed(clone, candidate, [baseline])).toEqual([`commit ${inner}`])
})

spec('GATE/NFR-004', 'a file of the candidate that is another one stops the gate', async () => {
  const { baseline, cli } = histories
  const commit = commitOf('v3.2.0rc16')
  const name = await git(cli.folder, ['rev-parse', `${commit}:pyproject.toml`])
  const clone = await forging(name, 'blob', (text) => `${text}# forged`)
  await using world = await testRun()
  Object.assign(world.run.world.checkouts, { cli: clone })
  world.run.world.candidate.baseline = baseline
  await world.run.facts.write('fixes', [])
  expect(await stopOf(requireTrueNames(world.run, commit))).toMatchObject({
    ...{ code: 'clone-damaged', verdict: 'inconclusive', cause: 'environment', where: clone },
    findings: [`blob ${name}`],
  })
})
