import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { readAncestry } from '../../packages/phase4-gate/src/candidates/tags.ts'
import { isAncestor } from '../../packages/programs/src/git.ts'
import { GitFailure } from '../../packages/programs/src/git-failure.ts'
import { spec } from '../spec.ts'

// A clone whose tag v1 does not descend from the baseline, and that is told in every way git knows to
// say that it does. Only the parents that stand in the commit itself count.
let clone = ''
let baseline = ''
let candidate = ''

async function git(...args: string[]): Promise<string> {
  const who = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.invalid' }
  const by = { GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.invalid' }
  const env = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', ...who, ...by }
  return (await execa('git', args, { cwd: clone, env })).stdout
}

beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'forged-'))
  await git('init', '--quiet', '--initial-branch=main')
  await git('commit', '--quiet', '--allow-empty', '--message', 'baseline')
  baseline = await git('rev-parse', 'HEAD')
  await git('checkout', '--quiet', '--orphan', 'elsewhere')
  await git('commit', '--quiet', '--allow-empty', '--message', 'not after the baseline')
  await git('commit', '--quiet', '--allow-empty', '--message', 'neither')
  await git('tag', 'v1')
  candidate = await git('rev-parse', 'HEAD')
})
afterAll(() => rm(clone, { recursive: true, force: true }))

afterEach(async () => {
  for (const name of ['GIT_GRAFT_FILE', 'GIT_DIR']) Reflect.deleteProperty(process.env, name)
  await rm(join(clone, '.git', 'info'), { recursive: true, force: true })
  await rm(join(clone, '.git', 'objects', 'info'), { recursive: true, force: true })
  await rm(join(clone, '.git', 'refs', 'replace'), { recursive: true, force: true })
})

/** True if git, asked plainly, believes it; then the gate must not. */
async function isBelieved(): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', baseline, candidate]
  return (await execa('git', args, { cwd: clone, reject: false })).exitCode === 0
}

async function expectLacking(): Promise<void> {
  expect(await isBelieved()).toBe(true)
  expect((await readAncestry(clone, baseline))('v1')).toBe('lacks')
  expect(await isAncestor(clone, baseline, candidate)).toBe(false)
}

spec('GATE/C-005', 'a graft in the clone does not put a commit after the baseline', async () => {
  await mkdir(join(clone, '.git', 'info'), { recursive: true })
  await writeFile(join(clone, '.git', 'info', 'grafts'), `${candidate} ${baseline}\n`)
  await expectLacking()
})

spec('GATE/C-005', 'a replaced commit does not put it after the baseline', async () => {
  await git('replace', '--graft', candidate, baseline)
  await expectLacking()
})

spec('GATE/C-005', 'a graft file that the environment names is not read', async () => {
  process.env['GIT_GRAFT_FILE'] = join(clone, 'grafts')
  await writeFile(process.env['GIT_GRAFT_FILE'], `${candidate} ${baseline}\n`)
  await expectLacking()
})

spec('GATE/C-005', 'another repository that the environment names is not asked', async () => {
  const other = await mkdtemp(join(tmpdir(), 'forged-other-'))
  await execa('git', ['init', '--quiet', '--bare', other])
  process.env['GIT_DIR'] = other
  expect((await readAncestry(clone, baseline))('v1')).toBe('lacks')
  await rm(other, { recursive: true, force: true })
})

spec('GATE/C-005', 'a commit graph that claims another parent is not believed', async () => {
  await git('commit-graph', 'write', '--reachable')
  const file = join(clone, '.git', 'objects', 'info', 'commit-graph')
  await chmod(file, 0o600)
  const graph = await readFile(file)
  // The chunk of the commits: a tree, two parents by their position (0x70000000: none), a generation.
  const chunks = Array.from({ length: graph[6] ?? 0 }, (_, index) => 8 + index * 12)
  const at = (name: string): number => {
    const entry = chunks.find((one) => graph.toString('latin1', one, one + 4) === name)
    return entry === undefined ? 0 : Number(graph.readBigUInt64BE(entry + 4))
  }
  const positionOf = (commit: string): number => (graph.indexOf(commit, 'hex') - at('OIDL')) / 20
  // Git reads the commit that it is asked about itself, and of those before it the graph alone.
  const between = await git('rev-parse', `${candidate}^`)
  graph.writeUInt32BE(positionOf(baseline), at('CDAT') + positionOf(between) * 36 + 20)
  for (const [index, commit] of [between, candidate].entries()) {
    graph.writeUInt32BE((2 + index) << 2, at('CDAT') + positionOf(commit) * 36 + 28)
    // Newer generations are dates, with how much later than that the commit is.
    if (at('GDA2') > 0) graph.writeUInt32BE(100 + index, at('GDA2') + positionOf(commit) * 4)
  }
  await writeFile(file, graph)
  await expectLacking()
})

spec(
  'GATE/C-005',
  'a clone that cannot tell what came before says so, and accuses nobody',
  async () => {
    const cut = await mkdtemp(join(tmpdir(), 'cut-off-'))
    await execa('git', [
      'clone',
      '--quiet',
      '--depth=1',
      '--no-single-branch',
      `file://${clone}`,
      cut,
    ])
    const stop = { code: 'git-failed', verdict: 'inconclusive', cause: 'environment' }
    const asked = [
      [cut, baseline, candidate, /cut off.*cannot be told/],
      [cut, 'f'.repeat(40), candidate, /cut off.*cannot be told/],
      [clone, baseline, 'f'.repeat(40), /merge-base ended with 128/],
      [join(clone, 'nowhere'), baseline, candidate, /merge-base gave no answer/],
    ] as const
    for (const [folder, one, other, what] of asked) {
      const error: unknown = await isAncestor(folder, one, other).catch((caught: unknown) => caught)
      expect(error, folder).toBeInstanceOf(GitFailure)
      if (!(error instanceof GitFailure)) continue
      expect(error.report).toMatchObject(stop)
      expect(error.report.what).toMatch(what)
    }
    expect(await isAncestor(cut, candidate, candidate)).toBe(true)
    expect(await isAncestor(clone, 'f'.repeat(40), candidate)).toBe(false)
    await rm(cut, { recursive: true, force: true })
  },
)
