import { chmod, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  verifyCleanConsecutiveRuns,
  verifyTeamspaceSuite,
} from '../../packages/phase4-gate/src/teamspace/requirements.ts'
import type { CanaryRunWorld } from '../canary/world.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'
import { good, junitOf, type Part, suiteWorld, verbose } from './world.ts'

async function startsOf(world: CanaryRunWorld): Promise<number> {
  return Number(await readFile(join(world.root, 'suite.json.starts'), 'utf8'))
}

spec(
  ['GATE/FR-013', 'GATE/NFR-005'],
  'four passing runs leave four logs and four JUnit files',
  async () => {
    await using world = await suiteWorld([good])
    await verifyTeamspaceSuite(world.run)
    await verifyCleanConsecutiveRuns(world.run)
    const { runs } = await world.run.facts.read('teamspace')
    expect(runs.map(({ number, passed, tests }) => [number, passed, tests])).toEqual(
      [1, 2, 3, 4].map((number) => [number, true, 3]),
    )
    expect((await readdir(join(world.root, 'logs'))).sort()).toEqual(
      [1, 2, 3, 4].flatMap((number) =>
        ['log', 'xml'].map((kind) => `teamspace-canary-run-${number}.${kind}`),
      ),
    )
  },
)

spec('GATE/FR-013', 'a suite that writes no JUnit file is read by its log', async () => {
  await using world = await suiteWorld(
    [{ prints: `${verbose}\n=== 3 passed, 9 deselected in 3.20s ===` }],
    false,
  )
  await verifyTeamspaceSuite(world.run)
  const { runs } = await world.run.facts.read('teamspace')
  expect(runs[3]).toMatchObject({ number: 4, passed: true, tests: 3, junit: null })
})

const noPasses: readonly (readonly [string, Part, string, string])[] = [
  [
    'only skipped tests',
    { junit: junitOf('<skipped/>', '<skipped/>') },
    'teamspace-nothing-ran',
    'inconclusive',
  ],
  ['no tests at all', { junit: junitOf() }, 'teamspace-nothing-ran', 'inconclusive'],
  [
    'no test selected',
    { prints: 'collected 3 items / 3 deselected', exitCode: 5 },
    'teamspace-nothing-ran',
    'inconclusive',
  ],
  [
    'a report that is cut off',
    { junit: '<testsuites><testsuite><testcase name="a"/>' },
    'teamspace-nothing-ran',
    'inconclusive',
  ],
  [
    'a log that says passed beside a report that does not',
    { prints: '3 passed', junit: junitOf('', '<failure message="no"/>') },
    'teamspace-failed',
    'fail',
  ],
  [
    'a report that hides the failures of the log',
    { prints: '=== 1 failed, 2 passed in 3.20s ===', junit: junitOf('', '', '') },
    'teamspace-failed',
    'fail',
  ],
  ['a report that was asked for and is missing', {}, 'teamspace-nothing-ran', 'inconclusive'],
  [
    'an error in a fixture',
    { junit: junitOf('', '<error message="no"/>'), exitCode: 1 },
    'teamspace-failed',
    'fail',
  ],
  [
    'an exit code of 1 beside a passing report',
    { junit: junitOf(''), exitCode: 1 },
    'teamspace-failed',
    'fail',
  ],
]

for (const [what, part, code, verdict] of noPasses) {
  spec('GATE/FR-013', `${what} is no pass`, async () => {
    await using world = await suiteWorld([part])
    expect(await stopOf(verifyTeamspaceSuite(world.run))).toMatchObject({ code, verdict })
    expect(await startsOf(world)).toBe(1)
  })
}

const triageTable: readonly (readonly [string, string, string, string, RegExp])[] = [
  [
    'mission did not materialize within 60s',
    'teamspace-not-materialized',
    'environment',
    'polling helper is not connected',
    /verify the drain queue.*e2e#40/,
  ],
  [
    'sync now: HTTP 413 Payload Too Large',
    'teamspace-413',
    'product',
    'payload is too large',
    /do not raise the ingress cap/,
  ],
  [
    'GET /health/ready/ answered 503',
    'teamspace-readiness',
    'environment',
    'readiness is contaminated',
    /do not fix it by deleting rows/,
  ],
  [
    'state=terminal_failed DrainMaterializationRejected',
    'teamspace-terminal-failed',
    'cannot-tell',
    'planning rejection',
    /verify last_failure_class/,
  ],
  ['AssertionError: 1 != 2', 'teamspace-failed', 'cannot-tell', 'does not name', /root cause/],
]

for (const [log, code, cause, diagnosis, permitted] of triageTable) {
  spec('GATE/FR-013', `a log with "${log}" is diagnosed as ${code}`, async () => {
    const part = { prints: log, junit: junitOf('', '<failure message="x"/>'), exitCode: 1 }
    await using world = await suiteWorld([good, part])
    const stop = await stopOf(verifyTeamspaceSuite(world.run))
    expect(stop).toMatchObject({ code, cause, verdict: 'fail' })
    expect(stop.what).toMatch(/^run 2 of the Teamspace suite failed \(1 failed, 1 passed/)
    expect(stop.what).toContain(diagnosis)
    expect(stop.next).toMatch(permitted)
    expect(stop.where).toBe(join(world.root, 'logs', 'teamspace-canary-run-2.log'))
  })
}

spec('GATE/NFR-005', 'a failed run is not tried again before a root cause', async () => {
  await using world = await suiteWorld([{ junit: junitOf('<failure/>'), exitCode: 1 }, good])
  await stopOf(verifyTeamspaceSuite(world.run))
  expect(await startsOf(world)).toBe(1)
  const stop = await stopOf(verifyCleanConsecutiveRuns(world.run))
  expect(stop).toMatchObject({ code: 'teamspace-not-clean', verdict: 'fail' })
})

spec(
  'GATE/NFR-005',
  'a later gate does not start the suite before the root cause is written',
  async () => {
    await using world = await suiteWorld([{ junit: junitOf('<failure/>'), exitCode: 1 }, good])
    await stopOf(verifyTeamspaceSuite(world.run))
    const stop = await stopOf(verifyTeamspaceSuite(world.run))
    expect(stop).toMatchObject({ code: 'teamspace-root-cause-required', verdict: 'blocked' })
    expect(await startsOf(world)).toBe(1)
    const failure = JSON.parse(await readFile(stop.where, 'utf8')) as Record<string, unknown>
    expect(failure).toMatchObject({ code: 'teamspace-failed', rootCause: null })
    const rootCause = 'the polling helper was not installed'
    const twice = JSON.stringify(failure).replace(/}$/, `,"rootCause":"${rootCause}"}`)
    await writeFile(stop.where, twice)
    expect((await stopOf(verifyTeamspaceSuite(world.run))).code).toBe(stop.code)
    await writeFile(stop.where, JSON.stringify({ ...failure, rootCause }))
    await verifyTeamspaceSuite(world.run)
    expect(await startsOf(world)).toBe(5)
  },
)

spec('GATE/FR-013', 'a suite that hangs is ended and its log is kept', async () => {
  await using world = await suiteWorld([{ prints: 'waiting', hangs: true }])
  world.run.world.teamspace.timeoutMs = 700
  const stop = await stopOf(verifyTeamspaceSuite(world.run))
  expect(stop).toMatchObject({ code: 'teamspace-timed-out', verdict: 'inconclusive' })
  expect(await readFile(stop.where, 'utf8')).toMatch(/^waiting/)
})

spec('GATE/FR-013', 'logs of an earlier gate are not overwritten', async () => {
  await using world = await suiteWorld([good])
  const old = join(world.root, 'logs', 'teamspace-canary-run-1.log')
  await writeFile(old, 'kept')
  await verifyTeamspaceSuite(world.run)
  expect(await readFile(old, 'utf8')).toBe('kept')
  const { runs } = await world.run.facts.read('teamspace')
  expect(runs[0]?.log).toMatch(/logs\/run-1-\w+\/teamspace-canary-run-1\.log$/)
})

spec('GATE/FR-013', 'a secret in the log of the suite is redacted before it is kept', async () => {
  const token = `ghp_${'t4'.repeat(18)}`
  await using world = await suiteWorld([{ ...good, prints: `${token}\n3 passed` }])
  await verifyTeamspaceSuite(world.run)
  const log = await readFile(join(world.root, 'logs', 'teamspace-canary-run-1.log'), 'utf8')
  expect(log).toMatch(/^\[redacted:github-token\]/)
})

spec('GATE/NFR-005', 'a clean-up of the service and a changed log are each found', async () => {
  await using world = await suiteWorld([good])
  await verifyTeamspaceSuite(world.run)
  world.service.drain.businessRuleRejectedCount = 21
  const cleaned = await stopOf(verifyCleanConsecutiveRuns(world.run))
  expect(cleaned.findings).toEqual(['business-rule rows: 22 before, 21 now'])
  world.service.drain.businessRuleRejectedCount = 22
  const log = join(world.root, 'logs', 'teamspace-canary-run-3.log')
  await chmod(log, 0o644)
  await writeFile(log, '3 passed\nagain\n')
  const changed = await stopOf(verifyCleanConsecutiveRuns(world.run))
  expect(changed.findings).toEqual([`${log} was changed`])
  const report = join(world.root, 'logs', 'teamspace-canary-run-2.xml')
  await rm(report)
  await symlink(join(world.root, 'logs', 'teamspace-canary-run-1.xml'), report)
  const linked = await stopOf(verifyCleanConsecutiveRuns(world.run))
  expect(linked.findings).toContain(`${report} is missing or not a plain file`)
})
