import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { requireSameHarness } from '../../packages/phase4-gate/src/harness/compare.ts'
import { harnessState } from '../../packages/phase4-gate/src/harness/state.ts'
import { testRun, type TestRun } from '../evidence/workspace.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

/** A run whose canary is a script of a checkout, and whose suite is one beside it. */
async function begun(prepare: (root: string) => Promise<unknown> = done): Promise<TestRun> {
  const world = await testRun((root) => ({
    canary: {
      ...{ command: ['bash', 'scripts/canary.sh'], cwd: join(root, 'e2e'), timeoutMs: 1000 },
      ...{ home: join(root, 'home'), selfTests: [['bash', '-n', 'scripts/self.sh']] },
    },
    teamspace: {
      ...{ command: ['sh', join(root, 'suite', 'suite.sh')], timeoutMs: 1000 },
      cwd: join(root, 'suite-runs-here'),
      logs: join(root, 'logs'),
    },
  }))
  const e2e = join(world.root, 'e2e')
  await mkdir(join(e2e, 'scripts'))
  for (const name of ['canary.sh', 'self.sh', 'helper.sh'])
    await writeFile(join(e2e, 'scripts', name), 'true\n')
  for (const folder of ['suite', 'suite-runs-here']) await mkdir(join(world.root, folder))
  await writeFile(join(world.root, 'suite', 'suite.sh'), 'true\n')
  await writeFile(join(e2e, '.gitignore'), 'local/\n*.log\n')
  await git(e2e, 'init', '--quiet')
  await git(e2e, 'add', '.')
  await git(e2e, 'commit', '--quiet', '-m', 'harness')
  await prepare(world.root)
  await world.run.facts.write('harness', await harnessState(world.run))
  return world
}

const done = (): Promise<void> => Promise.resolve()

const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example']
const git = (cwd: string, ...args: string[]) => execa('git', [...identity, ...args], { cwd })

spec('GATE/FR-008', 'a harness that writes its evidence is the harness that began', async () => {
  await using world = await begun()
  const runs = join(world.root, 'e2e', 'artifacts', 'sync_identity_boundary', 'runs')
  await mkdir(runs, { recursive: true })
  await writeFile(join(runs, 'run-1.json'), '{}')
  await git(join(world.root, 'e2e'), 'add', '--all')
  await expect(requireSameHarness(world.run)).resolves.toBeUndefined()
})

/** What somebody does while the gate runs, and what is named. */
const changes: Readonly<Record<string, readonly [file: string, what: RegExp]>> = {
  'the script of the canary': ['e2e/scripts/canary.sh', /^the canary harness changed/],
  'a self-test': ['e2e/scripts/self.sh', /^the canary harness changed/],
  'a script that is only called': ['e2e/scripts/helper.sh', /^the canary harness changed/],
  'the suite': ['suite/suite.sh', /^the Teamspace suite changed/],
}

for (const [whose, [file, what]] of Object.entries(changes))
  spec(['GATE/FR-008', 'GATE/FR-011'], `nothing is released once ${whose} was edited`, async () => {
    await using world = await begun()
    await writeFile(join(world.root, file), 'exit 0 # whatever happens\n')
    const stop = await stopOf(requireSameHarness(world.run))
    expect(stop).toMatchObject({ code: 'harness-changed', verdict: 'blocked' })
    expect(stop.what).toMatch(what)
  })

spec(
  'GATE/FR-008',
  'nothing is released once another commit of the harness is checked out',
  async () => {
    await using world = await begun()
    await git(join(world.root, 'e2e'), 'commit', '--quiet', '--allow-empty', '-m', 'other')
    expect((await stopOf(requireSameHarness(world.run))).code).toBe('harness-changed')
  },
)

/** What git does not track, or answers otherwise about than it is there; and what is done to it meanwhile. */
const unseen: Readonly<Record<string, readonly [before: Step, meanwhile: Step, says: RegExp]>> = {
  'a helper that is not tracked is edited': [
    (root) => put(root, 'e2e/scripts/untracked', 'true\n'),
    (root) => put(root, 'e2e/scripts/untracked', 'exit 0\n'),
    /canary harness changed .*scripts\/untracked was changed/,
  ],
  'a helper that is ignored is edited': [
    (root) => put(root, 'e2e/local/env.sh', 'true\n'),
    (root) => put(root, 'e2e/local/env.sh', 'STRICT=0\n'),
    /local\/env.sh was changed/,
  ],
  'a helper that is not tracked is removed': [
    (root) => put(root, 'e2e/local/env.sh', 'true\n'),
    (root) => rm(join(root, 'e2e/local/env.sh')),
    /local\/env.sh was removed/,
  ],
  'a file that pytest loads by itself is added': [
    done,
    (root) => put(root, 'e2e/conftest.py', 'collect_ignore = ["test_a.py"]\n'),
    /conftest.py was added/,
  ],
  'a package is put into the virtual environment': [
    async (root) => {
      await put(root, 'e2e/.venv/pyvenv.cfg', 'home = /usr/bin\n')
      await put(root, 'e2e/.venv/lib/site-packages/pytest.py', 'true\n')
    },
    (root) => put(root, 'e2e/.venv/lib/site-packages/rerun.pth', 'import rerun\n'),
    /\.venv was changed/,
  ],
  'the program next to the one that is named is edited': [
    (root) => put(root, 'suite/library.sh', 'true\n'),
    (root) => put(root, 'suite/library.sh', 'exit 0\n'),
    /Teamspace suite changed/,
  ],
  'the folder of the suite, which is not a checkout, gets a program': [
    done,
    (root) => put(root, 'suite-runs-here/sitecustomize.py', 'import os; os._exit(0)\n'),
    /sitecustomize.py was added/,
  ],
  'a tracked file is edited that git was told to take for unchanged': [
    (root) => git(join(root, 'e2e'), 'update-index', '--assume-unchanged', 'scripts/helper.sh'),
    (root) => put(root, 'e2e/scripts/helper.sh', 'exit 0\n'),
    /files of the commit were changed/,
  ],
  'a filter of the clone gives git the old content': [
    async (root) => {
      await git(join(root, 'e2e'), 'config', 'filter.old.clean', 'echo true')
      await put(root, 'e2e/.git/info/attributes', '*.sh filter=old\n')
    },
    (root) => put(root, 'e2e/scripts/helper.sh', 'exit 0\n'),
    /files of the commit were changed/,
  ],
  'a file is edited where git does not work': [
    (root) => put(root, 'e2e/.git/HEAD', 'nonsense\n'),
    (root) => put(root, 'e2e/scripts/helper.sh', 'exit 0\n'),
    /scripts\/helper.sh was changed/,
  ],
  'what a link leads to is edited': [
    async (root) => {
      await put(root, 'elsewhere/library.sh', 'true\n')
      await symlink(join(root, 'elsewhere'), join(root, 'e2e', 'library'))
    },
    (root) => put(root, 'elsewhere/library.sh', 'exit 0\n'),
    /library\/library.sh was changed/,
  ],
  'a tracked file is edited and put back': [
    done,
    async (root) => {
      await put(root, 'e2e/scripts/helper.sh', 'exit 0\n')
      await put(root, 'e2e/scripts/helper.sh', 'true\n')
    },
    /files of the commit were written and put back/,
  ],
}

type Step = (root: string) => Promise<unknown>

async function put(root: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

for (const [what, [before, meanwhile, says]] of Object.entries(unseen))
  spec('GATE/FR-008', `nothing is released where ${what}`, async () => {
    await using world = await begun(before)
    await expect(requireSameHarness(world.run)).resolves.toBeUndefined()
    await meanwhile(world.root)
    const stop = await stopOf(requireSameHarness(world.run))
    expect(stop).toMatchObject({ code: 'harness-changed', verdict: 'blocked' })
    expect(stop.what).toMatch(says)
  })

spec('GATE/FR-008', 'what runs leave in the checkout is not a change of it', async () => {
  await using world = await begun((root) => put(root, 'e2e/nightly.log', 'one\n'))
  for (const path of [
    'nightly.log',
    'report.xml',
    '.coverage',
    '.pytest_cache/v/x',
    'a/__pycache__/b.pyc',
  ])
    await put(world.root, `e2e/${path}`, 'two\n')
  await put(world.root, 'e2e/.venv/pyvenv.cfg', 'home = /usr/bin\n')
  await put(world.root, 'e2e/.venv/lib/site-packages/pytest.py', 'true\n')
  await expect(requireSameHarness(world.run)).resolves.toBeUndefined()
})

spec('GATE/FR-008', 'what cannot be read is not held against changes, and said so', async () => {
  await using world = await begun()
  await symlink('loop', join(world.root, 'e2e', 'loop'))
  const stop = await stopOf(requireSameHarness(world.run))
  expect(stop).toMatchObject({ code: 'harness-unreadable', verdict: 'inconclusive' })
})
