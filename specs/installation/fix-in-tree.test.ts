import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished } from 'vitest'
import { createHistories, NODE_TEST_COMMAND } from '../../fixtures/histories/index.ts'
import { brokenInCandidate } from '../../packages/phase4-gate/src/fix-substance/requirement.ts'
import {
  missingFixes,
  undoneIn,
} from '../../packages/phase4-gate/src/installation/contained-fixes.ts'
import { testRun } from '../evidence/workspace.ts'
import { spec } from '../spec.ts'

const broken =
  'def queue_event(row):\n    if row.key in rows:\n        return\n    rows.append(row)\n'
const fixed = 'def queue_event(row):\n    rows.append(row.copy())\n'

interface Repository extends AsyncDisposable {
  readonly folder: string
  git(...args: readonly string[]): Promise<string>
  commit(files: Readonly<Record<string, string>>): Promise<string>
}

async function repository(): Promise<Repository> {
  const folder = await mkdtemp(join(tmpdir(), 'fix-in-tree-'))
  const env = { GIT_CONFIG_NOSYSTEM: '1', HOME: folder }
  const identity = ['-c', 'user.name=Spec', '-c', 'user.email=spec@example.test']
  const git = async (...args: readonly string[]): Promise<string> =>
    (await execa('git', [...identity, ...args], { cwd: folder, env })).stdout
  await git('init', '--quiet', '--initial-branch=main')
  return {
    folder,
    git,
    async commit(files) {
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
      await git('add', '--all')
      await git('commit', '--quiet', '--message', 'change')
      return git('rev-parse', 'HEAD')
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

async function findings(later: (at: Repository) => Promise<unknown>): Promise<string[]> {
  await using at = await repository()
  await at.commit({ 'queue.py': broken, 'test_queue.py': 'pass\n', 'CHANGELOG.md': '# Log\n' })
  const files = { 'queue.py': fixed, 'test_queue.py': 'assert ok\n', 'CHANGELOG.md': '# Fixed\n' }
  const fix = await at.commit(files)
  await later(at)
  const commit = await at.git('rev-parse', 'HEAD')
  const named = { issue: 1141, commit: fix, verdict: 'substantive', tests: [] }
  return await missingFixes(at.folder, { tag: 'v3.2.0rc16', commit }, [named])
}

spec(
  ['GATE/NFR-004', 'GATE/FR-002'],
  'a fix that was reverted before the tag is not in the candidate',
  async () => {
    const found = await findings((at) => at.git('revert', '--no-edit', 'HEAD'))
    expect(found.join()).toMatch(
      /the fix of #1141 \(\w{12}\) is not in v3\.2\.0rc16: queue\.py lacks/,
    )
  },
)

spec(
  ['GATE/NFR-004', 'GATE/FR-002'],
  'a fix that was taken back by hand, or with its file, is not in it',
  async () => {
    expect(await findings((at) => at.commit({ 'queue.py': broken }))).not.toEqual([])
    expect(
      await findings((at) => at.commit({ 'queue.py': `# ${fixed.replaceAll('\n', '\n# ')}` })),
    ).not.toEqual([])
    expect(
      await findings((at) => at.git('rm', '--quiet', 'queue.py').then(() => at.commit({}))),
    ).not.toEqual([])
  },
)

spec('GATE/NFR-004', 'what goes on changing beside a fix does not take it back', async () => {
  const later = { 'CHANGELOG.md': '# Other\n', 'test_queue.py': 'assert both\n' }
  expect(await findings((at) => at.commit(later))).toEqual([])
  const moved = fixed.replaceAll('\n', '\n  ')
  expect(
    await findings((at) => at.commit({ 'queue.py': `class Queue:\n  ${moved}\n  x = 1\n` })),
  ).toEqual([])
})

spec('GATE/NFR-004', 'a fix that only removes lines is taken back by putting them in again', () => {
  const before = 'if late:\n    return\nappend(row)\n'
  const after = 'append(row)\n'
  expect(undoneIn('a.py', before, after, 'x = 1\nappend(row)\n')).toEqual([])
  expect(undoneIn('a.py', before, after, `x = 1\n${before}`)).toEqual([
    'a.py has "if late:" again',
    'a.py has "return" again',
  ])
})

const provenBy = 'tests/sync/rollback.test.js > every change of a work package is a row of its own'

/** What the tests of 1141 say of a candidate, whose history is as told. */
async function inCandidate(
  kind: 'real' | 'switched-off-later',
  tests: readonly string[] = [provenBy],
  later?: (repository: string) => Promise<string>,
): Promise<string[]> {
  await using world = await testRun()
  const folder = await mkdtemp(join(tmpdir(), 'in-candidate-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const histories = await createHistories(folder, { fixes: { '1141': kind } })
  const { run } = world
  const { cli } = histories
  Object.assign(run.world.checkouts, { cli: cli.folder })
  run.world.fixes.testCommand = [...NODE_TEST_COMMAND]
  const fix = { issue: 1141, commit: histories.fixes['1141'], verdict: 'substantive' }
  await run.facts.write('fixes', [{ ...fix, tests: [...tests] }])
  const tagged = cli.tags.find(({ name }) => name === 'v3.2.0rc16')?.commit ?? ''
  expect(
    await missingFixes(cli.folder, { tag: 'v3.2.0rc16', commit: tagged }, [{ ...fix, tests: [] }]),
  ).toEqual([])
  return await brokenInCandidate(run, later === undefined ? tagged : await later(cli.folder))
}

spec(
  ['GATE/NFR-004', 'GATE/FR-002'],
  'a fix of which every line is there, and which a later change switched off, is found by its tests',
  async () => {
    expect(await inCandidate('real')).toEqual([])
    const found = await inCandidate('switched-off-later')
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(
      /^the fix of #1141 \(\w{12}\): "tests\/sync\/rollback.*" is failed there: /,
    )
    expect((await inCandidate('real', [provenBy, 'a > test of another tree'])).join()).toContain(
      'is absent there: it did not run',
    )
  },
)

spec(
  ['GATE/NFR-004', 'GATE/FR-002'],
  'a test that was taken away with its file runs as the fix brought it',
  async () => {
    const without = async (repository: string): Promise<string> => {
      const git = (...words: string[]) =>
        execa('git', [
          '-c',
          'user.name=s',
          '-c',
          'user.email=s@s.example',
          '-C',
          repository,
          ...words,
        ])
      await git('checkout', '--quiet', '-B', 'later', 'v3.2.0rc16')
      await git('rm', '--quiet', 'tests/sync/rollback.test.js')
      await git('commit', '--quiet', '--message', 'Fewer tests')
      return (await git('rev-parse', 'HEAD')).stdout
    }
    expect(await inCandidate('real', [provenBy], without)).toEqual([])
    expect(await inCandidate('switched-off-later', [provenBy], without)).toHaveLength(1)
  },
)
