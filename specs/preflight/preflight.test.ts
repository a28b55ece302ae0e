import { expect, vi } from 'vitest'
import type { HostedServiceOptions } from '../../fixtures/service/index.ts'
import {
  verifyPreflight,
  verifyReadyAtEveryPreflight,
} from '../../packages/phase4-gate/src/service/requirements.ts'
import { takeSnapshot } from '../../packages/phase4-gate/src/service/snapshot.ts'
import { spec } from '../spec.ts'
import { serviceRun, stopOf } from './world.ts'

type Faults = NonNullable<HostedServiceOptions['faults']>

function answers(route: string, status: number, body?: unknown): Faults[number] {
  return { route, effect: { kind: 'answer', status, body } }
}

spec('GATE/FR-005', 'a healthy service leaves a complete snapshot', async () => {
  await using world = await serviceRun()
  await verifyPreflight(world.run)
  expect(await world.run.facts.read('preflight')).toMatchObject({
    eventsVersion: '5.1.0',
    gitSha: world.service.deployment.gitSha,
    image: `git:${world.service.deployment.gitSha}`,
    drain: { infraTerminalFailed: 0, businessRuleRejected: 22 },
    health: { status: 'ok' },
    ready: { status: 'ready' },
  })
  expect(world.service.requests).toHaveLength(4)
})

const stops: readonly {
  readonly what: string
  readonly options: HostedServiceOptions
  readonly timeoutMs?: number
  readonly code: string
  readonly verdict: string
  readonly says: RegExp
}[] = [
  {
    what: 'a 503 that stays',
    options: { faults: [answers('GET /health/', 503)] },
    ...{ code: 'service-degraded', verdict: 'blocked', says: /HTTP 503/ },
  },
  {
    what: 'a readiness that is not 200',
    options: { faults: [answers('GET /health/ready/', 500)] },
    ...{ code: 'service-degraded', verdict: 'blocked', says: /HTTP 500/ },
  },
  {
    what: 'a service that answers too late twice',
    options: { faults: [{ route: 'GET /health/', delayMs: 9_000, effect: { kind: 'slow' } }] },
    timeoutMs: 400,
    ...{ code: 'service-unreachable', verdict: 'inconclusive', says: /no answer within 400 ms/ },
  },
  {
    what: 'a connection that breaks twice',
    options: { faults: [{ route: 'GET /health/ready/', effect: { kind: 'reset' } }] },
    ...{ code: 'service-unreachable', verdict: 'inconclusive', says: /did not answer/ },
  },
  {
    what: 'an infra failure in the drain queue',
    options: { drain: { terminalFailedCount: 3 } },
    ...{ code: 'infra-terminal-failed', verdict: 'blocked', says: /3 infrastructure rows/ },
  },
  {
    what: 'an infra failure behind a readiness that says 200',
    options: {
      faults: [
        {
          route: 'GET /health/ready/',
          effect: {
            kind: 'patch',
            body: { dependencies: { drain_queue: { terminal_failed_count: 1 } } },
          },
        },
      ],
    },
    ...{ code: 'infra-terminal-failed', verdict: 'blocked', says: /1 infrastructure rows/ },
  },
  {
    what: 'an older events package',
    options: { deployment: { eventsVersion: '5.0.9' } },
    ...{ code: 'events-version-too-old', verdict: 'blocked', says: /5\.0\.9/ },
  },
  {
    what: 'an events prerelease of the required version',
    options: { deployment: { eventsVersion: '5.1.0rc1' } },
    ...{ code: 'events-version-too-old', verdict: 'blocked', says: /5\.1\.0rc1/ },
  },
  {
    what: 'a health status that is not ok',
    options: {
      faults: [
        { route: 'GET /health/', effect: { kind: 'patch', body: { status: 'maintenance' } } },
      ],
    },
    ...{ code: 'service-degraded', verdict: 'blocked', says: /maintenance/ },
  },
  {
    what: 'a readiness that answers 200 and says otherwise',
    options: {
      faults: [
        { route: 'GET /health/ready/', effect: { kind: 'patch', body: { status: 'starting' } } },
      ],
    },
    ...{ code: 'service-not-ready', verdict: 'blocked', says: /starting/ },
  },
  {
    what: 'missing keys, named one by one',
    options: { faults: [answers('GET /health/', 200, { status: 'ok' })] },
    ...{ code: 'service-schema', verdict: 'inconclusive', says: /git_sha.*spec_kitty_events/ },
  },
  {
    what: 'drain counts that are missing',
    options: {
      faults: [
        answers('GET /health/ready/', 200, { status: 'ready', dependencies: { drain_queue: {} } }),
      ],
    },
    ...{
      code: 'service-schema',
      verdict: 'inconclusive',
      says: /drain_queue\.terminal_failed_count/,
    },
  },
  {
    what: 'an answer that is not JSON',
    options: { faults: [answers('GET /health/', 200, 'fine')] },
    ...{ code: 'service-schema', verdict: 'inconclusive', says: /the body: / },
  },
  {
    what: 'an answer that a cache has held for two days',
    options: {
      faults: [
        {
          route: 'GET /health/',
          effect: { kind: 'answer', status: 200, headers: { age: '172800' }, body: {} },
        },
      ],
    },
    ...{ code: 'snapshot-too-old', verdict: 'inconclusive', says: /172800 s/ },
  },
]

for (const { what, options, timeoutMs, code, verdict, says } of stops) {
  spec('GATE/FR-005', `the gate stops at ${what}`, async () => {
    await using world = await serviceRun(options, timeoutMs === undefined ? {} : { timeoutMs })
    const stop = await stopOf(verifyPreflight(world.run))
    expect(stop).toMatchObject({ code, verdict })
    expect(stop.what).toMatch(says)
    await expect(world.run.facts.read('preflight')).rejects.toThrow(/not recorded/)
  })
}

spec('GATE/FR-005', 'events are compared by version order, not by text order', async () => {
  await using world = await serviceRun(
    { deployment: { eventsVersion: '5.10.0' } },
    { minimumEventsVersion: '5.9.0' },
  )
  await verifyPreflight(world.run)
})

spec('GATE/FR-005', 'one 503 and one late answer are each looked at once more', async () => {
  const faults = [
    { route: 'GET /health/', nth: [1], effect: { kind: 'answer', status: 503 } },
    { route: 'GET /health/ready/', nth: [1], delayMs: 20_000, effect: { kind: 'slow' } },
  ] as const
  await using world = await serviceRun({ faults }, { timeoutMs: 2_000 })
  await verifyPreflight(world.run)
  expect(world.service.requests.map(({ path }) => path)).toEqual([
    '/health/',
    '/health/',
    '/health/ready/',
    '/health/ready/',
    '/health/',
    '/health/ready/',
  ])
  expect(world.progress.join()).toMatch(/HTTP 503; looking once more/)
})

spec('GATE/FR-005', 'a third look never happens', async () => {
  await using world = await serviceRun({ faults: [answers('GET /health/', 503)] })
  await stopOf(verifyPreflight(world.run))
  expect(world.service.requests).toHaveLength(2)
})

spec('GATE/FR-005', 'the image comes from the platform where a command prints it', async () => {
  const print = (text: string): string[] => [process.execPath, '-p', JSON.stringify(text)]
  await using world = await serviceRun({}, { imageCommand: print('registry.example/app:42') })
  expect((await takeSnapshot(world.run)).image).toBe('registry.example/app:42')
  for (const noImage of ['null', 'app:42 app:43', 'app', 'app:42\napp:43']) {
    await using other = await serviceRun({}, { imageCommand: print(noImage) })
    expect((await stopOf(takeSnapshot(other.run))).code).toBe('image-unknown')
  }
  const expected = { imageCommand: print('app:42'), image: 'app:41' }
  await using wrong = await serviceRun({}, expected)
  expect((await stopOf(takeSnapshot(wrong.run))).code).toBe('service-identity')
  await using silent = await serviceRun({}, { imageCommand: print('') })
  expect((await stopOf(takeSnapshot(silent.run))).code).toBe('image-unknown')
  const failing = [process.execPath, '-e', 'console.log("app:42"); process.exit(1)']
  await using broken = await serviceRun({}, { imageCommand: failing })
  expect((await stopOf(takeSnapshot(broken.run))).code).toBe('image-unknown')
})

spec(
  'GATE/FR-005',
  'the command that prints the image gets the token of the platform alone',
  async () => {
    for (const name of ['GITHUB_TOKEN', 'PYPI_TOKEN', 'FLY_API_TOKEN']) vi.stubEnv(name, 'secret')
    const script = `'app:' + Object.keys(process.env).filter((name) => name.endsWith('_TOKEN')).join()`
    await using world = await serviceRun({}, { imageCommand: [process.execPath, '-p', script] })
    expect((await takeSnapshot(world.run)).image).toBe('app:FLY_API_TOKEN')
    vi.unstubAllEnvs()
  },
)

spec('GATE/NFR-002', 'every preflight is judged again: age, counts and deployment', async () => {
  await using world = await serviceRun()
  const { facts } = world.run
  const snapshot = await takeSnapshot(world.run)
  const record = async (first: object, beforeRuns: object): Promise<void> => {
    await facts.write('preflight', { ...snapshot, ...first })
    await facts.write('snapshotBeforeFourRuns', { ...snapshot, ...beforeRuns })
  }
  await record({}, {})
  await verifyReadyAtEveryPreflight(world.run)
  const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString()
  await record({ takenAt: hoursAgo(23.9) }, {})
  await verifyReadyAtEveryPreflight(world.run)
  await record({ takenAt: hoursAgo(24.1) }, {})
  expect((await stopOf(verifyReadyAtEveryPreflight(world.run))).code).toBe('snapshot-too-old')
  await record({}, { takenAt: hoursAgo(-1) })
  expect((await stopOf(verifyReadyAtEveryPreflight(world.run))).code).toBe('snapshot-too-old')
  await record({}, { drain: { ...snapshot.drain, infraTerminalFailed: 1 } })
  expect((await stopOf(verifyReadyAtEveryPreflight(world.run))).code).toBe('infra-terminal-failed')
  for (const part of [{ gitSha: 'e'.repeat(40) }, { image: 'registry.example/app:41' }]) {
    await record(part, {})
    expect((await stopOf(verifyReadyAtEveryPreflight(world.run))).code).toBe('service-redeployed')
  }
  await record({}, {})
  world.service.deployment.gitSha = 'f'.repeat(40)
  expect((await stopOf(verifyReadyAtEveryPreflight(world.run))).code).toBe('service-redeployed')
})

spec('GATE/FR-005', 'two services behind one address contradict each other', async () => {
  for (const [route, body, says] of [
    ['GET /health/', { git_sha: 'e'.repeat(40) }, /git_sha: 7f2c.*, then eeee/],
    ['GET /health/', { version: '0.14.3' }, /version: 0\.14\.2, then 0\.14\.3/],
    [
      'GET /health/ready/',
      { dependencies: { drain_queue: { business_rule_rejected_count: 21 } } },
      /business_rule_rejected_count: 22, then 21/,
    ],
  ] as const) {
    const effect = { kind: 'patch', body } as const
    await using world = await serviceRun({ faults: [{ route, nth: [2], effect }] })
    const stop = await stopOf(verifyPreflight(world.run))
    expect(stop).toMatchObject({ code: 'service-contradicts-itself', verdict: 'inconclusive' })
    expect(stop.what).toMatch(says)
  }
})
