import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { harnessState, requireSameHarness } from '../../packages/phase4-gate/src/harness/state.ts'
import { testRun, type TestRun } from '../evidence/workspace.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

/** A run whose canary is a script of a checkout, and whose suite is one beside it. */
async function begun(): Promise<TestRun> {
  const world = await testRun((root) => ({
    canary: {
      ...{ command: ['bash', 'scripts/canary.sh'], cwd: join(root, 'e2e'), timeoutMs: 1000 },
      ...{ home: join(root, 'home'), selfTests: [['bash', '-n', 'scripts/self.sh']] },
    },
    teamspace: {
      ...{ command: ['sh', join(root, 'suite.sh')], cwd: root, timeoutMs: 1000 },
      logs: join(root, 'logs'),
    },
  }))
  const e2e = join(world.root, 'e2e')
  await mkdir(join(e2e, 'scripts'))
  for (const name of ['canary.sh', 'self.sh', 'helper.sh'])
    await writeFile(join(e2e, 'scripts', name), 'true\n')
  await writeFile(join(world.root, 'suite.sh'), 'true\n')
  await git(e2e, 'init', '--quiet')
  await git(e2e, 'add', '.')
  await git(e2e, 'commit', '--quiet', '-m', 'harness')
  await world.run.facts.write('harness', await harnessState(world.run))
  return world
}

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
  'the script of the canary': ['e2e/scripts/canary.sh', /^the canary harness was changed/],
  'a self-test': ['e2e/scripts/self.sh', /^the canary harness was changed/],
  'a script that is only called': ['e2e/scripts/helper.sh', /^the canary harness was changed/],
  'the suite': ['suite.sh', /^the Teamspace suite was changed/],
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
