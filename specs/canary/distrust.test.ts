import { access, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { verifySingleCanary } from '../../packages/phase4-gate/src/canary/requirements.ts'
import { verifyEvidence } from '../../packages/gate-kernel/src/evidence/verify.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'
import { rollbackLost, type Script } from './script.ts'
import { canaryWorld } from './world.ts'

const evidence = (attempts: string, ...path: string[]): string =>
  join(attempts, 'v3.2.0rc16-attempt1', ...path)

const unusable: readonly (readonly [string, Script, string, RegExp])[] = [
  ['exit code 1 beside passing documents', { exitCode: 1 }, 'canary-exit-code', /exit code 1/],
  ['exit code 0 without any document', { writes: [] }, 'canary-unusable', /did not write it/],
  ['a document that is not JSON', { text: 'pass' }, 'canary-unusable', /not a JSON/],
  [
    'a document without its keys',
    { text: '{"outcome":"pass"}' },
    'canary-unusable',
    /run_id:.*scenarios:/,
  ],
  [
    'another version of the command line',
    { runs: { '1': { cli_version: '3.2.0rc15' } } },
    'canary-unusable',
    /cli_version is 3\.2\.0rc15/,
  ],
  [
    'another events package',
    { runs: { '1': { events_package_version: '5.0.0' } } },
    'canary-unusable',
    /events_package_version is 5\.0\.0/,
  ],
  [
    'an old time stamp',
    { runs: { '1': { timestamp: '2026-05-20T10:00:00Z' } } },
    'canary-unusable',
    /outside this run/,
  ],
  [
    'a time stamp of tomorrow',
    { runs: { '1': { timestamp: new Date(Date.now() + 86_400_000).toISOString() } } },
    'canary-unusable',
    /outside this run/,
  ],
  [
    'a scenario that is missing',
    { runs: { '1': { scenarios: [] } } },
    'canary-unusable',
    /scenarios are none/,
  ],
  [
    'an outcome of fail where all scenarios pass',
    { runs: { '1': { outcome: 'fail' } } },
    'canary-unusable',
    /although all scenarios pass/,
  ],
  [
    'another run number',
    { runs: { '1': { run_number: 2 } } },
    'canary-unusable',
    /run_number is 2/,
  ],
  ['an empty run id', { runs: { '1': { run_id: '' } } }, 'canary-unusable', /run_id: /],
  [
    'a run id that is no ULID',
    { runs: { '1': { run_id: '01KS1W46ZAR9S9RJPQQJAMCV6U' } } },
    'canary-unusable',
    /is not a ULID/,
  ],
  ['a byte order mark', { text: '\ufeff{}' }, 'canary-unusable', /byte order mark/],
  [
    'a passing scenario that names a failure',
    {
      runs: {
        '1': {
          scenarios: [1, 2, 3, 4].map((id) => ({
            ...{ id, name: 'x', status: 'pass', failure_mode: id === 2 ? 'lost_events' : null },
          })),
        },
      },
    },
    'canary-unusable',
    /scenario 2 passes and names the failure "lost_events"/,
  ],
  [
    'a scenario that is listed twice',
    {
      runs: {
        '1': {
          scenarios: [1, 2, 3, 3].map((id) => ({ id, name: 'x', status: 'pass' })),
        },
      },
    },
    'canary-unusable',
    /scenarios are 1, 2, 3, 3/,
  ],
  [
    'an outcome that is there twice',
    { text: '{"outcome":"fail","outcome":"pass"}' },
    'canary-unusable',
    /outcome: is there twice/,
  ],
  ['a key that nobody knows', { runs: { '1': { aborted: true } } }, 'canary-unusable', /"aborted"/],
  [
    'a passing scenario that describes a historic failure',
    {
      runs: {
        '1': {
          scenarios: [1, 2, 3, 4].map((id) => ({
            ...{ id, name: 'x', status: 'pass', details: 'from=for_review to=in_review' },
          })),
        },
      },
    },
    'canary-unusable',
    /scenario 4 passes and describes a historic failure/,
  ],
  ['a latest.json of another run', { latest: '{}' }, 'canary-unusable', /latest\.json/],
]

for (const [what, script, code, says] of unusable) {
  spec('GATE/FR-007', `the gate cannot tell, and re-opens nothing, at ${what}`, async () => {
    await using world = await canaryWorld(script)
    const stop = await stopOf(verifySingleCanary(world.run))
    expect(stop).toMatchObject({ code, verdict: 'inconclusive' })
    expect(stop.what).toMatch(says)
    const named = /harness-[\w-]+\.log/.exec(stop.next)?.[0] ?? 'harness-single.log'
    await expect(access(evidence(world.attempts, named)), stop.next).resolves.toBeUndefined()
    expect(world.github.requests).toEqual([])
    expect((await verifyEvidence(evidence(world.attempts))).ok).toBe(true)
  })
}

spec('GATE/FR-007', 'a failing scenario with an outcome of pass never passes', async () => {
  const lie = { ...rollbackLost, outcome: 'pass' }
  await using world = await canaryWorld({ runs: { '1': lie } })
  expect((await stopOf(verifySingleCanary(world.run))).code).toBe('canary-unusable')
})

spec(
  'GATE/FR-007',
  'a cached earlier document does not pass, nor does its run id in a new file',
  async () => {
    await using world = await canaryWorld()
    await verifySingleCanary(world.run)
    await world.play({ writes: [] })
    const cached = await stopOf(verifySingleCanary(world.run))
    expect(cached.what).toMatch(/did not write it in this run/)
    const { runs } = await world.run.facts.read('single')
    await world.play({ runs: { '1': { run_id: runs[0]!.run_id } } })
    const copied = await stopOf(verifySingleCanary(world.run))
    expect(copied.what).toMatch(/of an earlier run: a cached file/)
    expect(copied.where).toMatch(/attempt3$/)
    await world.play({ runs: { '1': { run_id: runs[0]!.run_id.toLowerCase() } } })
    const lower = await stopOf(verifySingleCanary(world.run))
    expect(lower.what).toMatch(/not a ULID.*of an earlier run: a cached file/)
  },
)

spec(
  'GATE/FR-007',
  'a harness that hangs is ended with its children, and its log is kept',
  async () => {
    await using world = await canaryWorld({ hangs: true }, { timeoutMs: 1_500 })
    const stop = await stopOf(verifySingleCanary(world.run))
    expect(stop).toMatchObject({ code: 'canary-timed-out', verdict: 'inconclusive' })
    expect(await readFile(evidence(world.attempts, 'harness-single.log'), 'utf8')).toMatch(/^run 1/)
  },
)

spec('GATE/FR-007', 'a harness that cannot be started is no failure of the product', async () => {
  await using world = await canaryWorld({}, { command: ['/does/not/exist'] })
  expect(await stopOf(verifySingleCanary(world.run))).toMatchObject({
    code: 'tool-missing',
    verdict: 'inconclusive',
  })
})

spec(
  'GATE/FR-007',
  'one failing self-test of the harness stops before any canary, two need a root cause',
  async () => {
    const failingTest = [process.execPath, '-e', 'process.exit(3)']
    await using one = await canaryWorld({}, { selfTests: [['true'], failingTest] })
    const single = await stopOf(verifySingleCanary(one.run))
    expect(single).toMatchObject({ code: 'harness-self-test', verdict: 'blocked' })
    expect(single.what).toBe('1 of 2 self-tests of the canary harness failed')
    expect(await readdir(one.attempts).catch(() => [])).toEqual([])
    await using two = await canaryWorld({}, { selfTests: [failingTest, failingTest] })
    expect((await stopOf(verifySingleCanary(two.run))).next).toMatch(/root cause of all of them/)
  },
)

spec(
  'GATE/FR-007',
  'a candidate that changes itself during a run is not the one that was tagged',
  async () => {
    await using world = await canaryWorld()
    const module = join(
      world.root,
      'pipx/venvs/spec-kitty-cli/lib/python3.11/site-packages/specify_cli.py',
    )
    await writeFile(module, 'patched\n')
    const stop = await stopOf(verifySingleCanary(world.run))
    expect(stop).toMatchObject({ code: 'candidate-changed', verdict: 'fail' })
    expect(stop.what).toMatch(/after run 1: specify_cli\.py differs/)
  },
)

spec('GATE/FR-007', 'a secret that the harness prints does not reach the evidence', async () => {
  const token = `ghp_${'s3'.repeat(18)}`
  await using world = await canaryWorld({ prints: `using ${token}` })
  await verifySingleCanary(world.run)
  const log = await readFile(evidence(world.attempts, 'harness-single.log'), 'utf8')
  expect(log).toMatch(/using \[redacted:github-token\]/)
})

spec('GATE/FR-007', 'a harness that fails without writing anything did not complete', async () => {
  await using world = await canaryWorld({ writes: [], exitCode: 2 })
  const stop = await stopOf(verifySingleCanary(world.run))
  expect(stop).toMatchObject({ code: 'canary-not-completed', verdict: 'inconclusive' })
  expect(stop.what).toMatch(/exit code 2/)
})

spec(
  ['GATE/FR-007', 'GATE/FR-011'],
  'a secret in a document is gone from fact and file alike',
  async () => {
    const secret = `ghp_${'s3'.repeat(18)}`
    const scenarios = [1, 2, 3, 4].map((id) => ({
      ...{ id, name: `scenario ${id}`, status: 'pass', failure_mode: null },
      details: `printed\n${secret} and "password=swordfish99"`,
    }))
    await using world = await canaryWorld({ runs: { '1': { scenarios } } })
    await verifySingleCanary(world.run)
    const text = await readFile(evidence(world.attempts, 'run-1.json'), 'utf8')
    expect(text).not.toMatch(/ghp_|swordfish/)
    const { runs } = await world.run.facts.read('single')
    expect(runs[0]).toEqual(JSON.parse(text))
  },
)
