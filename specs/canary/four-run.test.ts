import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { issueOf } from '../../fixtures/github/index.ts'
import {
  verifyFourRunProtocol,
  verifySingleCanary,
} from '../../packages/phase4-gate/src/canary/requirements.ts'
import { checkProtocol } from '../../packages/phase4-gate/src/canary/results.ts'
import type { CanaryRun } from '../../packages/phase4-gate/src/run/canary-run.ts'
import {
  verifyEvidenceImmutable,
  verifyEvidencePreserved,
} from '../../packages/phase4-gate/src/evidence/requirements.ts'
import { pageContent } from '../../packages/phase4-gate/src/page/parts.ts'
import { summaryOf } from '../../packages/phase4-gate/src/summary.ts'
import { stoppedEvidence } from '../page/evidences.ts'
import { verifyZeroInterventions } from '../../packages/phase4-gate/src/interventions/requirements.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'
import { queuedAsUnknown, rollbackLost, type Script } from './script.ts'
import { canaryWorld } from './world.ts'

spec(
  ['GATE/FR-008', 'GATE/FR-010', 'GATE/NFR-001', 'GATE/NFR-003'],
  'four passing runs leave one complete, sealed attempt without interventions',
  async () => {
    await using world = await canaryWorld()
    await verifySingleCanary(world.run)
    await verifyFourRunProtocol(world.run)
    await verifyZeroInterventions(world.run)
    await verifyEvidencePreserved(world.run)
    await verifyEvidenceImmutable(world.run)
    const { folder } = await world.run.facts.read('attempt')
    expect((await readdir(folder, { recursive: true })).sort()).toEqual([
      'harness-four-run.log',
      'harness-single.log',
      'health-before-four-runs.json',
      'historical-rows.json',
      'interventions.json',
      'latest.json',
      'manifest.json',
      'run-1.json',
      'runs',
      ...[1, 2, 3, 4].map((number) => `runs/run-${number}.json`),
    ])
    const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
    expect(await read('latest.json')).toBe(await read('runs/run-4.json'))
    expect(world.github.requests).toEqual([])
  },
)

const oneId = '01KS1W46ZAR9S9RJPQQJAMCV6P'

const stops: readonly (readonly [string, Script, string, string, RegExp])[] = [
  [
    'run 3 loses the rollback',
    { runs: { '3': rollbackLost }, exitCode: 1 },
    'canary-reopens-1141',
    'fail',
    /run 3, scenario 4/,
  ],
  [
    'run 4 counts queued events as unknown',
    { runs: { '4': queuedAsUnknown }, exitCode: 1 },
    'canary-reopens-1182',
    'fail',
    /run 4, scenario 1/,
  ],
  [
    'run 4 is not there',
    { writes: [1, 2, 3] },
    'canary-unusable',
    'inconclusive',
    /runs\/run-4\.json: the harness did not write it/,
  ],
  [
    'two runs have one id',
    { runs: { '1': { run_id: oneId }, '2': { run_id: oneId } } },
    'canary-unusable',
    'inconclusive',
    /same run_id/,
  ],
  [
    'two runs have one number',
    { runs: { '2': { run_number: 1 } } },
    'canary-unusable',
    'inconclusive',
    /run_number is 1, expected 2/,
  ],
  [
    'latest.json is not run 4',
    { latest: '{"outcome":"pass"}' },
    'canary-unusable',
    'inconclusive',
    /latest\.json/,
  ],
  [
    'the harness fails after four passes',
    { exitCode: 2 },
    'canary-exit-code',
    'inconclusive',
    /exit code 2/,
  ],
]

for (const [what, script, code, verdict, says] of stops) {
  spec('GATE/FR-008', `the gate stops with its evidence sealed where ${what}`, async () => {
    await using world = await canaryWorld()
    await verifySingleCanary(world.run)
    await world.play(script)
    const stop = await stopOf(verifyFourRunProtocol(world.run))
    expect(stop).toMatchObject({ code, verdict })
    expect(stop.what).toMatch(says)
    await verifyEvidenceImmutable(world.run)
    const reopened = [1141, 1182].filter(
      (issue) => issueOf(world.github.state, issue).state === 'open',
    )
    expect(reopened).toEqual(/\d{4}/.exec(code)?.map(Number) ?? [])
  })
}

spec(
  ['GATE/FR-008', 'GATE/FR-010'],
  'a run that stopped in its canary shows each scenario of it, and counts what passed and failed',
  async () => {
    await using world = await canaryWorld()
    await verifySingleCanary(world.run)
    await world.play({ runs: { '3': rollbackLost }, exitCode: 1 })
    await stopOf(verifyFourRunProtocol(world.run))
    const { sections } = await pageContent(world.run, stoppedEvidence())
    const [canary] = sections.filter(({ id }) => id === 'canary')
    const cells = [...(canary?.body.text ?? '').matchAll(/<td class="(pass|fail)">/g)]
    expect(cells.map(([, end]) => end).filter((end) => end === 'pass')).toHaveLength(19)
    expect(cells).toHaveLength(20)
    const { repeated } = await summaryOf(world.run)
    expect(repeated?.map(({ passed, failed }) => [passed, failed])).toEqual([
      ...[5, 5, 5].map((passed) => [passed, 0]),
      [4, 1],
    ])
  },
)

spec(
  'GATE/FR-007',
  'where the single canary failed the page shows its scenarios, and does not say that none ran',
  async () => {
    await using world = await canaryWorld()
    await world.play({ runs: { '1': rollbackLost }, exitCode: 1 })
    await stopOf(verifySingleCanary(world.run))
    const { sections } = await pageContent(world.run, stoppedEvidence())
    const [canary] = sections.filter(({ id }) => id === 'canary')
    expect(canary?.body.text).toContain('class="fail"')
    expect(canary?.body.text).not.toContain('did not run')
  },
)

spec(
  'GATE/FR-008',
  'the four runs need a healthy, unchanged service right before them',
  async () => {
    await using world = await canaryWorld()
    await verifySingleCanary(world.run)
    const { deployment, drain } = world.service
    const sha = deployment.gitSha
    deployment.gitSha = 'e'.repeat(40)
    expect((await stopOf(verifyFourRunProtocol(world.run))).code).toBe('service-redeployed')
    deployment.gitSha = sha
    drain.businessRuleRejectedCount = 23
    expect((await stopOf(verifyFourRunProtocol(world.run))).code).toBe('historical-rows-changed')
    drain.businessRuleRejectedCount = 22
    drain.terminalFailedCount = 1
    expect((await stopOf(verifyFourRunProtocol(world.run))).code).toBe('infra-terminal-failed')
  },
)

spec('GATE/FR-010', 'a change to an earlier attempt during the gate is found', async () => {
  await using world = await canaryWorld()
  await verifySingleCanary(world.run)
  await verifySingleCanary(world.run)
  await verifyFourRunProtocol(world.run)
  await verifyEvidencePreserved(world.run)
  const earlier = join(world.attempts, 'v3.2.0rc16-attempt1', 'run-1.json')
  await chmod(earlier, 0o644)
  await writeFile(earlier, '{}')
  const stop = await stopOf(verifyEvidencePreserved(world.run))
  expect(stop).toMatchObject({ code: 'earlier-evidence-changed', verdict: 'fail' })
  expect(stop.what).toMatch(/v3\.2\.0rc16-attempt1 was changed/)
})

spec('GATE/NFR-003', 'evidence that is touched after sealing fails the gate', async () => {
  await using world = await canaryWorld()
  await verifySingleCanary(world.run)
  await verifyFourRunProtocol(world.run)
  const { folder } = await world.run.facts.read('attempt')
  await chmod(join(folder, 'runs'), 0o755)
  await writeFile(join(folder, 'runs', 'run-5.json'), '{}')
  const stop = await stopOf(verifyEvidenceImmutable(world.run))
  expect(stop).toMatchObject({ code: 'evidence-modified', verdict: 'fail' })
})

spec(
  'GATE/FR-010',
  'four runs that are taken up again get a new attempt, with the single run',
  async () => {
    await using world = await canaryWorld()
    await verifySingleCanary(world.run)
    await world.play({ runs: { '2': rollbackLost }, exitCode: 1 })
    await stopOf(verifyFourRunProtocol(world.run))
    await world.play({})
    await verifyFourRunProtocol(world.run)
    await verifyEvidencePreserved(world.run)
    await verifyEvidenceImmutable(world.run)
    const { number, earlier } = await world.run.facts.read('attempt')
    const first = 'v3.2.0rc16-attempt1'
    expect([number, Object.keys(earlier)]).toEqual([2, [first, `${first}.seal.json`]])
  },
)

spec(
  'GATE/NFR-003',
  'an attempt that ends because the service is not healthy is sealed as it is',
  async () => {
    await using world = await canaryWorld()
    await verifySingleCanary(world.run)
    world.service.drain.terminalFailedCount = 1
    await stopOf(verifyFourRunProtocol(world.run))
    await verifyEvidenceImmutable(world.run)
    const { folder } = await world.run.facts.read('attempt')
    expect((await readdir(folder)).sort()).toEqual([
      'harness-single.log',
      'manifest.json',
      'run-1.json',
    ])
  },
)

spec('GATE/FR-008', 'runs that were under way at the same time are not consecutive', () => {
  const now = new Date()
  const minute = (offset: number): string => new Date(now.getTime() + offset * 60_000).toISOString()
  const runs: CanaryRun[] = [1, 2, 3, 4].map((run_number) => ({
    ...{ outcome: 'pass', run_id: `${oneId.slice(0, -1)}${run_number}`, run_number },
    ...{ cli_version: '3.2.0rc16', events_package_version: '5.1.0' },
    timestamp: minute(run_number),
    scenarios: [],
  }))
  const ends = (offset: number): number[] =>
    [1, 2, 3, 4].map((number) => Date.parse(minute(number + offset)))
  expect(checkProtocol(runs, runs[3] ?? null, ends(0.9), 4)).toEqual([])
  expect(checkProtocol(runs, runs[3] ?? null, ends(1.1), 4)).toEqual([
    'run 2 began before the document of run 1 was written',
    'run 3 began before the document of run 2 was written',
    'run 4 began before the document of run 3 was written',
  ])
})
