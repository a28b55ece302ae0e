import { expect } from 'vitest'
import {
  verifyCleanConsecutiveRuns,
  verifyTeamspaceSuite,
} from '../../src/gate/teamspace/requirements.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'
import { good, junitOf, modules, suiteWorld } from './world.ts'

spec('GATE/FR-013', 'a suite that leaves one of its files out is not the suite', async () => {
  const narrowed = [modules[0], modules[1]].map((module) => `${module ?? ''}.py::test_it PASSED`)
  const byLog = { prints: `${narrowed.join('\n')}\n=== 12 passed in 3.20s ===` }
  for (const [part, withJUnit] of [
    [{ junit: junitOf('', '') }, true],
    [byLog, false],
  ] as const) {
    await using world = await suiteWorld([part], withJUnit)
    const stop = await stopOf(verifyTeamspaceSuite(world.run))
    expect(stop).toMatchObject({ code: 'teamspace-incomplete', verdict: 'inconclusive' })
    expect(stop.findings).toEqual([`no test of ${modules[2] ?? ''}.py passed`])
  }
})

spec('GATE/FR-013', 'a file of which every test was skipped is left out, too', async () => {
  await using world = await suiteWorld([{ junit: junitOf('', '', '<skipped/>') }])
  expect(await stopOf(verifyTeamspaceSuite(world.run))).toMatchObject({
    code: 'teamspace-incomplete',
  })
})

spec('GATE/NFR-005', 'repeated tests and a report that is shown twice are not clean', async () => {
  const repeated = 'test_a RERUN\n=== 3 passed, 1 rerun in 3.20s ==='
  const copied = { junit: (good.junit ?? '').replace('{now}', 'the same') }
  await using world = await suiteWorld([good, { ...good, prints: repeated }, copied, copied])
  await verifyTeamspaceSuite(world.run)
  const stop = await stopOf(verifyCleanConsecutiveRuns(world.run))
  expect(stop.findings).toEqual([
    'run 2: test_a RERUN',
    'run 2: === 3 passed, 1 rerun in 3.20s ===',
    'run 4 has the report of run 3',
  ])
})
