import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  verifyCleanConsecutiveRuns,
  verifyTeamspaceSuite,
} from '../../packages/phase4-gate/src/teamspace/requirements.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'
import { good, junitOf, modules, type Part, suiteWorld } from './world.ts'

spec('GATE/FR-013', 'a suite that leaves one of its files out is not the suite', async () => {
  const narrowed = [modules[0], modules[1]].map((module) => `${module ?? ''}.py::test_it PASSED`)
  const byLog = { prints: `${narrowed.join('\n')}\n=== 2 passed in 3.20s ===` }
  for (const [part, withJUnit] of [
    [{ junit: junitOf('', ''), prints: '2 passed' }, true],
    [byLog, false],
  ] as const) {
    await using world = await suiteWorld([part], withJUnit)
    const stop = await stopOf(verifyTeamspaceSuite(world.run))
    expect(stop).toMatchObject({ code: 'teamspace-incomplete', verdict: 'inconclusive' })
    expect(stop.findings).toEqual([`no test of ${modules[2] ?? ''}.py passed`])
  }
})

spec('GATE/FR-013', 'a file of which every test was skipped is left out, too', async () => {
  await using world = await suiteWorld([
    { junit: junitOf('', '', '<skipped/>'), prints: '2 passed, 1 skipped' },
  ])
  expect(await stopOf(verifyTeamspaceSuite(world.run))).toMatchObject({
    code: 'teamspace-incomplete',
  })
})

spec('GATE/NFR-005', 'repeated tests and a report that is shown twice are not clean', async () => {
  const repeated = 'test_a RERUN\n=== 3 passed, 1 rerun in 3.20s ==='
  const copied = {
    junit: (good.junit ?? '').replace('{now}', new Date(Date.now() + 1000).toISOString()),
    prints: '3 passed',
  }
  await using world = await suiteWorld([good, { ...good, prints: repeated }, copied, copied])
  await verifyTeamspaceSuite(world.run)
  const stop = await stopOf(verifyCleanConsecutiveRuns(world.run))
  expect(stop.findings?.slice(0, 3)).toEqual([
    'run 2: test_a RERUN',
    'run 2: === 3 passed, 1 rerun in 3.20s ===',
    'run 4 has the report of run 3',
  ])
})

spec('GATE/NFR-005', 'a report of the time of an earlier run is not of its own run', async () => {
  await using world = await suiteWorld([good, good, good, good])
  await verifyTeamspaceSuite(world.run)
  const fact = await world.run.facts.read('teamspace')
  const early = new Date(Date.parse(fact.runs[0]?.startedAt ?? '') - 60_000).toISOString()
  const runs = fact.runs.map((run) => (run.number === 4 ? { ...run, reportedAt: early } : run))
  await world.run.facts.write('teamspace', { ...fact, runs })
  const stop = await stopOf(verifyCleanConsecutiveRuns(world.run))
  expect(stop.findings).toEqual([`run 4 has a report of ${early}`])
})

const cases = (inner: string): string =>
  `<testsuites><testsuite tests="3" failures="0" errors="0" skipped="0">${inner}</testsuite></testsuites>`
const plain = modules.map((module) => `<testcase classname="tests.${module}" name="t"/>`).join('')
const with1 = (inner: string): string =>
  cases(plain.replace('name="t"/>', `name="t">${inner}</testcase>`))

const unbelievable: readonly (readonly [string, Part, string])[] = [
  [
    'totals above its cases',
    { junit: cases(plain).replace('failures="0"', 'failures="2"') },
    'failures',
  ],
  [
    'fewer tests than it says',
    { junit: cases(plain).replace('tests="3"', 'tests="33"') },
    'tests="33"',
  ],
  ['a result that nobody knows', { junit: with1('<rerunFailure message="x"/>') }, '<rerunFailure>'],
  [
    'a result inside of what it printed',
    { junit: with1('<system-out><failure message="x"/></system-out>') },
    '<system-out> holds <failure>',
  ],
  [
    'a test inside of its properties',
    {
      junit: cases(plain).replace(
        '<testcase ',
        '<properties><property name="a" value="b"/><testcase name="x"/></properties><testcase ',
      ),
    },
    '<properties> holds <testcase>',
  ],
  [
    'a status that is not a part of it',
    { junit: cases(plain.replace('name="t"', 'name="t" status="failed"')) },
    'status',
  ],
  [
    'one test twice',
    { junit: cases(plain.replaceAll(modules[1] ?? '', modules[0] ?? '')) },
    'more than once',
  ],
  [
    'a summary of fewer tests',
    { junit: cases(plain), prints: '2 passed' },
    'its log says 2 passed',
  ],
  ['a log without a summary', { junit: cases(plain), prints: 'done' }, 'no summary'],
  ['a log with skipped tests', { junit: cases(plain), prints: '3 passed, 2 skipped' }, '2 skipped'],
  [
    'the time of another day',
    { junit: cases(plain).replace('<testsuite ', '<testsuite timestamp="2026-05-20T10:00:00Z" ') },
    '2026-05-20',
  ],
]

for (const [what, part, says] of unbelievable) {
  spec('GATE/FR-013', `a report is not believed: ${what}`, async () => {
    await using world = await suiteWorld([{ prints: '3 passed', ...part }])
    const stop = await stopOf(verifyTeamspaceSuite(world.run))
    expect(stop).toMatchObject({ code: 'teamspace-contradiction', verdict: 'inconclusive' })
    expect(stop.what).toContain(says)
  })
}

spec('GATE/FR-013', 'skipped tests are counted apart, and hold unless they are named', async () => {
  const junit = junitOf('', '', '', '<skipped/>', '<skipped type="pytest.xfail"/>')
  const part = { junit, prints: '=== 3 passed, 1 skipped, 1 xfailed in 2.00s ===' }
  await using world = await suiteWorld([part])
  const stop = await stopOf(verifyTeamspaceSuite(world.run))
  expect(stop).toMatchObject({ code: 'teamspace-incomplete', verdict: 'inconclusive' })
  expect(stop.what).toMatch(/3 passed, 1 skipped, 1 xfailed/)
  expect(stop.findings).toHaveLength(2)
  await using named = await suiteWorld([part])
  named.run.world.teamspace.expectedSkips = ['t3', `tests.${modules[1] ?? ''}::t4`]
  await verifyTeamspaceSuite(named.run)
  const { runs } = await named.run.facts.read('teamspace')
  expect(runs[0]).toMatchObject({ tests: 4, skipped: 1, xfailed: 1, xpassed: 0 })
})

spec(
  'GATE/FR-013',
  'a test that was expected to fail and passes does not pass silently',
  async () => {
    const part = { junit: junitOf('', '', '', ''), prints: '=== 3 passed, 1 xpassed in 2.00s ===' }
    await using world = await suiteWorld([part])
    expect(await stopOf(verifyTeamspaceSuite(world.run))).toMatchObject({
      ...{ code: 'teamspace-incomplete', verdict: 'inconclusive' },
    })
    const strict = '<failure message="[XPASS(strict)] known"/>'
    await using failing = await suiteWorld([
      { junit: junitOf('', '', strict), prints: '1 failed, 2 passed' },
    ])
    expect(await stopOf(verifyTeamspaceSuite(failing.run))).toMatchObject({
      code: 'teamspace-failed',
    })
  },
)

spec('GATE/FR-013', 'one test does not stand for three files by its name', async () => {
  const name = modules.join(' ')
  for (const place of ['tests.other', modules.join('.')]) {
    const junit = `<testsuites><testsuite tests="1"><testcase classname="${place}" name="${name}"/></testsuite></testsuites>`
    await using world = await suiteWorld([{ junit, prints: '1 passed' }])
    const stop = await stopOf(verifyTeamspaceSuite(world.run))
    expect(stop).toMatchObject({ code: 'teamspace-incomplete' })
    expect(stop.findings).toHaveLength(3)
  }
})

spec('GATE/FR-013', 'the four runs execute the same tests', async () => {
  const other = { junit: junitOf('', '', '', ''), prints: '4 passed' }
  await using world = await suiteWorld([good, other])
  const stop = await stopOf(verifyTeamspaceSuite(world.run))
  expect(stop).toMatchObject({ code: 'teamspace-contradiction' })
  expect(stop.what).toMatch(/4 passed now, 3 passed in run 1/)
})

spec(
  'GATE/FR-013',
  'a report that is a link, or was there before, is not of this run',
  async () => {
    await using world = await suiteWorld([good])
    const elsewhere = join(world.root, 'elsewhere.xml')
    await writeFile(elsewhere, '')
    await mkdir(join(world.root, 'logs'), { recursive: true })
    const [file] = ['teamspace-canary-run-1.xml'].map((name) => join(world.root, 'logs', name))
    const { command } = world.run.world.teamspace
    const link = `const fs = require('fs'); fs.symlinkSync(${JSON.stringify(elsewhere)}, ${JSON.stringify(file)})`
    const both = `${link}; require('child_process').spawnSync(process.argv[1], process.argv.slice(2), { stdio: 'inherit' })`
    world.run.world.teamspace.command = [process.execPath, '-e', both, ...command]
    const stop = await stopOf(verifyTeamspaceSuite(world.run))
    expect(stop).toMatchObject({ code: 'teamspace-contradiction' })
    expect(stop.what).toMatch(/not a plain file/)
  },
)
