import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import { FIXES_1141, FIXES_1182 } from '../../fixtures/histories/cli/fixes.ts'
import { createHistories, type Histories } from '../../fixtures/histories/index.ts'
import { spec } from '../spec.ts'

let folder = ''
let histories: Histories

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'histories-'))
  histories = await createHistories(join(folder, 'faultless'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

spec(
  'GATE/NFR-004',
  'equal histories have equal hashes, and the baseline is the same in every rehearsal',
  async () => {
    const again = await createHistories(join(folder, 'again'))
    expect(again.cli.commits).toEqual(histories.cli.commits)
    expect(again.cli.tags).toEqual(histories.cli.tags)
    expect(again.baseline).toMatch(/^[0-9a-f]{40}$/)
  },
)

spec(
  ['GATE/NFR-004', 'GATE/C-005'],
  'the candidate contains the baseline, older tags and a younger maintenance release do not',
  async () => {
    const contains = async (tag: string) =>
      (
        await git(
          histories.cli.folder,
          'merge-base',
          '--is-ancestor',
          histories.baseline,
          `${tag}^{commit}`,
        )
      ).exitCode === 0
    expect(await contains('v3.2.0rc16')).toBe(true)
    expect(await contains('v3.2.0rc10')).toBe(false)
    expect(await contains('v3.1.9')).toBe(false)
    const dateOf = async (ref: string) =>
      Number((await git(histories.cli.folder, 'log', '-1', '--format=%ct', ref)).stdout)
    expect(await dateOf('v3.1.9')).toBeGreaterThan(await dateOf(histories.baseline))
  },
)

spec(
  'GATE/FR-003',
  'tags are annotated, and the package at a tag names the version of the tag',
  async () => {
    for (const { name, object, commit } of histories.cli.tags) {
      expect((await git(histories.cli.folder, 'cat-file', '-t', object ?? '')).stdout).toBe('tag')
      const { stdout } = await git(histories.cli.folder, 'show', `${commit}:pyproject.toml`)
      expect(`v${/version = "(.+)"/.exec(stdout)?.[1] ?? ''}`).toBe(name)
    }
  },
)

spec(
  'GATE/FR-002',
  'the fix of 1141 is a merge of a branch, that of 1182 one squashed commit',
  async () => {
    const { fixes } = histories
    const cli = histories.cli.folder
    const parents = async (commit: string) =>
      (await git(cli, 'show', '-s', '--format=%P', commit)).stdout.split(' ').length
    expect([await parents(fixes['1141']), await parents(fixes['1182'])]).toEqual([2, 1])
    expect(
      (await git(cli, 'diff', '--name-only', `${fixes['1141']}^1`, fixes['1141'])).stdout.split(
        '\n',
      ),
    ).toEqual(['src/specify_cli/sync/queue.js', 'tests/sync/rollback.test.js'])
  },
)

spec(
  'GATE/FR-002',
  'the tests of both fixes really fail before by assertion and pass after',
  async () => {
    for (const [issue, test] of [
      ['1141', 'tests/sync/rollback.test.js'],
      ['1182', 'tests/sync/pending.test.js'],
    ] as const) {
      const fix = histories.fixes[issue]
      const before = await runTest(histories, `${fix}^1`, fix, test)
      expect(before).toMatchObject({
        exitCode: 1,
        stdout: expect.stringContaining('ERR_ASSERTION') as string,
      })
      expect((await runTest(histories, fix, fix, test)).exitCode).toBe(0)
    }
  },
)

const VARIANTS = [
  ['1141', 'diagnostic-only', 'tests/sync/rollback.test.js', 0, 0],
  ['1141', 'test-passes-before', 'tests/sync/rollback.test.js', 0, 0],
  ['1141', 'test-fails-after', 'tests/sync/rollback.test.js', 1, 1],
  ['1141', 'test-skipped', 'tests/sync/rollback.test.js', 0, 0],
  ['1141', 'other-function', 'tests/sync/rollback.test.js', 0, 0],
  ['1141', 'test-unloadable-before', 'tests/sync/rollback.test.js', 1, 0],
  ['1141', 'breaks-old-test', 'tests/sync/queue.test.js', 0, 1],
  ['1182', 'timeout-only', 'tests/sync/pending.test.js', 1, 0],
  ['1182', 'test-passes-before', 'tests/sync/pending.test.js', 0, 0],
] as const

for (const [issue, kind, test, before, after] of VARIANTS)
  spec(
    'GATE/FR-002',
    `a fix of ${issue} that is ${kind} behaves so when its tests are run`,
    async () => {
      const made = await createHistories(join(folder, `${issue}-${kind}`), {
        fixes: { [issue]: kind },
      })
      const fix = made.fixes[issue]
      const ran = await runTest(made, `${fix}^1`, fix, test)
      expect(ran.exitCode).toBe(before)
      if (kind === 'test-unloadable-before') expect(ran.stdout).not.toContain('ERR_ASSERTION')
      expect((await runTest(made, fix, fix, test)).exitCode).toBe(after)
    },
  )

spec('GATE/FR-002', 'a diagnostic-only change touches log lines alone', async () => {
  const { cli, fixes } = await createHistories(join(folder, 'diagnostic'), {
    fixes: { '1141': 'diagnostic-only' },
  })
  const { stdout } = await git(
    cli.folder,
    'diff',
    '-U0',
    `${fixes['1141']}^1`,
    fixes['1141'],
    '--',
    'src',
  )
  const changed = stdout.split('\n').filter((line) => /^[-+][^-+]/.test(line))
  expect(changed.length).toBeGreaterThan(0)
  expect(changed.filter((line) => !line.includes('logger.'))).toEqual([])
})

spec(
  'GATE/FR-001',
  'a fix that is not linked leaves no pull request and no message that names its issue',
  async () => {
    const { cli, closedBy } = await createHistories(join(folder, 'not-linked'), {
      fixes: { '1141': 'not-linked', '1182': 'not-linked' },
    })
    expect(closedBy).toEqual({ '1141': null, '1182': null })
    const { stdout } = await git(cli.folder, 'log', '--format=%s', 'v3.2.0rc15..main')
    expect(stdout).not.toMatch(/1141|1182/)
  },
)

spec('GATE/FR-003', 'a fix that came after the candidate is not contained in it', async () => {
  const { cli, fixes } = await createHistories(join(folder, 'late'), {
    fixes: { '1141': 'after-the-candidate' },
  })
  const contained = await git(
    cli.folder,
    'merge-base',
    '--is-ancestor',
    fixes['1141'],
    'v3.2.0rc16^{commit}',
  )
  expect(contained.exitCode).toBe(1)
})

spec('GATE/FR-003', 'tags can be moved, added and left out', async () => {
  const { cli, fixes } = await createHistories(join(folder, 'tags'), {
    tags: { 'v3.2.0rc16': 'rc10', 'v3.2.0rc17': 'fix-1141', 'v3.2.0rc15': 'absent' },
  })
  const commitOf = (name: string) => cli.tags.find((tag) => tag.name === name)?.commit
  expect(commitOf('v3.2.0rc16')).toBe(cli.steps['rc10'])
  expect(commitOf('v3.2.0rc17')).toBe(fixes['1141'])
  expect(commitOf('v3.2.0rc15')).toBeUndefined()
})

spec(
  'GATE/C-006',
  'pull requests 42 and 44 are merge commits of the end-to-end repository',
  async () => {
    const { folder: e2e, pulls } = histories.e2e
    expect(pulls.map(({ number }) => number)).toEqual([42, 44])
    for (const { mergeCommit = '' } of pulls)
      expect((await git(e2e, 'merge-base', '--is-ancestor', mergeCommit, 'main')).exitCode).toBe(0)
  },
)

spec(
  'GATE/FR-010',
  'the evidence of rc15 lies in the end-to-end clone and tells what failed',
  async () => {
    const file = join(
      histories.e2e.folder,
      'artifacts',
      'sync_identity_boundary',
      'rc15-attempt1',
      'run-1.json',
    )
    const run = JSON.parse(await readFile(file, 'utf8')) as {
      outcome: string
      scenarios: { id: number; status: string; details: string }[]
    }
    expect(run.outcome).toBe('fail')
    expect(run.scenarios.filter(({ status }) => status === 'pass').map(({ id }) => id)).toEqual([3])
    expect(run.scenarios.find(({ id }) => id === 4)?.details).toBe(
      "from='for_review' to='in_review'",
    )
  },
)

spec('GATE/FR-005', 'the events repository has the tag that candidates depend on', () => {
  expect(histories.events.tags.map(({ name }) => name)).toEqual(['v5.0.0', 'v5.1.0'])
})

spec('GATE/FR-002', 'an unknown kind of fix is refused with the known ones', async () => {
  await expect(
    createHistories(join(folder, 'typo'), { fixes: { '1141': 'reel' } }),
  ).rejects.toThrow('real')
  expect(Object.keys(FIXES_1141).length + Object.keys(FIXES_1182).length).toBeGreaterThan(
    VARIANTS.length,
  )
})

/** Runs one test file of `tests` on the tree of `tree`, in a worktree of its own. */
async function runTest(
  { cli }: Histories,
  tree: string,
  tests: string,
  file: string,
): Promise<{ exitCode?: number; stdout: string }> {
  const place = await mkdtemp(join(folder, 'tree-'))
  await git(cli.folder, 'worktree', 'add', '--quiet', '--detach', place, tree)
  await git(place, 'checkout', '--quiet', tests, '--', file)
  const { exitCode, stdout } = await execa(process.execPath, ['--test', file], {
    cwd: place,
    reject: false,
    env: { NODE_TEST_CONTEXT: undefined },
  })
  return { stdout, ...(exitCode === undefined ? {} : { exitCode }) }
}

async function git(cwd: string, ...args: string[]): Promise<{ exitCode?: number; stdout: string }> {
  const { exitCode, stdout } = await execa('git', args, { cwd, reject: false })
  return { stdout, ...(exitCode === undefined ? {} : { exitCode }) }
}
