import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startOf } from '../../packages/phase4-gate/src/interventions/daemon.ts'
import type { WorldInput } from '../../packages/phase4-gate/src/world/schema.ts'
import { spec } from '../spec.ts'
import { dependencies, doctor, drain, prepare, token } from './doctor-scene.ts'

/** What is named by its key; the run's own checks, which follow from it, are named by requirement. */
const isOfConfiguration = (subject: string): boolean => !subject.startsWith('GATE/')

spec(['GATE/FR-005', 'GATE/C-008'], 'a sound configuration has nothing missing', async () => {
  const { workspace, world } = await prepare()
  const { exitCode, missing, findings } = await doctor(world, workspace)
  expect(missing).toEqual([])
  expect(exitCode).toBe(0)
  expect(findings.length).toBeGreaterThan(20)
})

spec(['GATE/FR-005', 'GATE/C-008'], 'everything that is missing is listed at once', async () => {
  const { workspace, world, site } = await prepare()
  Object.assign(site.behaviour, { ready: 503, skewSeconds: 3600, scopes: 'gist' })
  await rm(join(workspace, 'events', '.git'), { recursive: true })
  const broken: WorldInput = {
    ...world,
    canary: { ...world.canary, command: ['no-such-harness'], home: '/somewhere/else' },
    fixes: { ...world.fixes, testCommand: ['./missing-runner', '{tests}', '{report}'] },
  }
  const { exitCode, missing } = await doctor(broken, workspace)
  expect(exitCode).toBe(1)
  expect(missing.map((one) => one.subject).sort()).toEqual([
    'GATE/FR-005 the service is healthy and ready',
    'GATE/FR-006 the historical rows are there',
    'canary.command',
    'canary.home',
    'checkouts.events',
    'clock',
    'fixes.testCommand',
    'scopes of the token',
    'service.url',
  ])
  for (const finding of missing) expect(finding.next).not.toBe('')
})

spec(
  ['GATE/FR-005', 'GATE/FR-011'],
  'keys, waivers and the notifier that the configuration names are looked at',
  async () => {
    const { workspace, world } = await prepare()
    const waiver = join(workspace, 'waiver.json')
    await writeFile(waiver, '{}')
    const { exitCode, missing, findings } = await doctor(
      {
        ...world,
        evidence: { signingKey: join(workspace, 'no.key') },
        waivers: { files: [waiver], verifyingKey: waiver },
        notify: { command: ['no-such-notifier'] },
      },
      workspace,
    )
    expect(exitCode).toBe(1)
    expect(missing.map((one) => one.subject).sort()).toEqual([
      'evidence.signingKey',
      'notify.command',
      'waivers.verifyingKey',
    ])
    expect(findings).toContainEqual(
      expect.objectContaining({ subject: 'waivers.files', state: 'unknown' }),
    )
  },
)

spec(
  'GATE/FR-003',
  'variables that would hold a run, and another gate in the same home, are found before a run is',
  async () => {
    const { workspace, world } = await prepare()
    const versions = join(workspace, 'versions.txt')
    await writeFile(versions, 'click @ https://elsewhere.example/click.whl\n')
    const { missing } = await doctor(world, workspace, token, {
      ...{ NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_OPTIONS: '--trace-uncaught' },
      PIP_CONSTRAINT: versions,
    })
    expect(missing.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(['NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_OPTIONS', 'PIP_CONSTRAINT']),
    )
    const startedAt = await startOf(process.pid)
    const claim = { run: 'another', pid: process.pid, startedAt }
    await writeFile(`${world.canary.home}.canary-gate-claim.json`, JSON.stringify(claim))
    const { missing: taken } = await doctor(world, workspace)
    expect(taken.map(({ subject }) => subject)).toEqual([
      'GATE/FR-003 no other gate works with the same homes',
    ])
  },
)

spec(
  'GATE/FR-005',
  'nothing is changed: reads only (GraphQL reads with POST), and no new file',
  async () => {
    const { workspace, world, site } = await prepare()
    await doctor(world, workspace)
    const before = await readdir(workspace, { recursive: true })
    await doctor(world, workspace)
    expect(site.requests.length).toBeGreaterThan(5)
    expect(site.requests.filter((request) => !/^GET |^POST \/graphql$/.test(request))).toEqual([])
    expect(await readdir(workspace, { recursive: true })).toEqual(before)
  },
)

spec(
  'GATE/FR-011',
  'a token that is missing or refused is named; the token itself never is',
  async () => {
    const { workspace, world, site } = await prepare()
    const without = await doctor(world, workspace, '')
    expect(without.missing.map((one) => one.subject).filter(isOfConfiguration)).toEqual([
      'github.tokenEnv',
    ])
    site.behaviour.repositories = 403
    const refused = await doctor(world, workspace)
    expect(refused.missing.map((one) => one.subject)).toContain('github.repositories.e2e')
    expect(refused.output).not.toContain(token)
  },
)

spec('GATE/FR-005', 'a service that does not answer at all is missing, not a crash', async () => {
  const { workspace, world } = await prepare()
  const nowhere = { ...world, service: { url: 'http://127.0.0.1:9' } }
  const { exitCode, missing } = await doctor(nowhere, workspace)
  expect(exitCode).toBe(1)
  expect(missing.map((one) => one.subject).filter(isOfConfiguration)).toEqual([
    ...['service.url', 'service.url'],
  ])
})

spec(
  ['GATE/FR-007', 'GATE/FR-013'],
  'a script or test file that a command names and its folder lacks is missing now, not hours later',
  async () => {
    const { workspace, world } = await prepare()
    await writeFile(join(workspace, 'e2e', 'there.sh'), '')
    const command = ['true', './there.sh', 'scripts/canary.sh', '-m', 'tests/test_a.py', 'a/b']
    const changed = { ...world, canary: { ...world.canary, command } }
    const { missing } = await doctor(changed, workspace)
    expect(missing.map(({ subject, seen }) => `${subject}: ${seen}`)).toEqual([
      `canary.command: no file scripts/canary.sh in ${join(workspace, 'e2e')}`,
      `canary.command: no file tests/test_a.py in ${join(workspace, 'e2e')}`,
    ])
  },
)

spec('GATE/FR-002', 'a criterion that is none, a test command without its places', async () => {
  const { workspace, world } = await prepare()
  const absent = join(workspace, 'absent.json')
  for (const named of ['packages/fix-prover/src/changes/criteria/1141.json', absent, '1183']) {
    const fixes = { criteria: { '1141': named, '1182': '1182' }, testCommand: ['true'] }
    const { exitCode, missing } = await doctor({ ...world, fixes }, workspace)
    expect(exitCode).toBe(1)
    const [criterion, command, ...others] = missing
    expect(criterion).toMatchObject({ subject: 'fixes.criteria.1141' })
    expect(criterion?.seen).toContain(named)
    expect(command).toMatchObject({ subject: 'fixes.testCommand' })
    expect(command?.next).toContain('add {tests} and {report}')
    expect(others).toEqual([])
  }
})

/** What stops a run before its first canary for a reason outside the candidate, and what names it. */
const outside: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
  ['/repos/o/e2e', { archived: true }, /archived/],
  ['/repos/o/cli', { permissions: { push: false } }, /may only read/],
  [
    '/repos/o/cli/issues/1141',
    { state: 'open', closed_at: null, state_reason: null },
    /still open/,
  ],
  ['/repos/o/cli/issues/1182', { state_reason: 'not_planned' }, /not planned/],
  ['/repos/o/e2e/issues/41', { locked: true }, /locked/],
  ['/repos/o/cli/issues/1038', { state: 'closed', closed_at: '2026-05-01T08:00:00Z' }, /closed/],
  ['/repos/o/e2e/pulls/42', { merged: false, merged_at: null }, /#42/],
  ['/pypi/spec-kitty-cli/json', { releases: 'none' }, /GATE\/FR-003/],
  ['/health/ready/', { status: 'degraded' }, /GATE\/FR-005/],
  [
    '/health/ready/',
    { dependencies: { ...dependencies, drain_queue: { ...drain, terminal_failed_count: 3 } } },
    /GATE\/FR-005/,
  ],
  [
    '/health/ready/',
    {
      dependencies: {
        ...dependencies,
        drain_queue: { ...drain, business_rule_rejected_count: 21 },
      },
    },
    /GATE\/FR-006/,
  ],
]

spec(
  ['GATE/FR-001', 'GATE/FR-005', 'GATE/FR-006'],
  'what would stop the run before its first canary is found first',
  async () => {
    const { workspace, world, site } = await prepare()
    for (const [path, change, names] of outside) {
      site.behaviour.changed = { [path]: change }
      const { exitCode, missing } = await doctor(world, workspace)
      expect(exitCode, path).toBe(1)
      expect(missing.map(({ subject, seen }) => `${subject}: ${seen}`).join(), path).toMatch(names)
    }
    site.behaviour.changed = {}
    const unknownBaseline = { ...world.candidate, baseline: 'f'.repeat(40) }
    const shallow = await doctor({ ...world, candidate: unknownBaseline }, workspace)
    expect(shallow.missing.map(({ subject }) => subject).join()).toMatch(/GATE\/FR-003/)
    const facts = join(workspace, 'runs', '20261101T000000Z-aaaa', 'facts')
    await mkdir(facts, { recursive: true })
    await writeFile(join(facts, '..', 'world.json'), '{')
    const earlier = await doctor(world, workspace)
    expect(earlier.missing.map(({ seen }) => seen).join()).toMatch(/earlier run recorded/)
    const other = { ...world, github: { ...world.github, author: 'somebody-else' } }
    const { missing } = await doctor(other, workspace)
    expect(missing.map(({ seen }) => seen).join()).toMatch(/belongs to release-operator/)
    expect(site.requests.filter((one) => !/^GET |^POST \/graphql$/.test(one))).toEqual([])
  },
)
