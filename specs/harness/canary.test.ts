import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import { type HostedService, startHostedService } from '../../fixtures/service/index.ts'
import { canaryRunSchema } from '../../packages/phase4-gate/src/run/canary-run.ts'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const script = join(root, 'fixtures', 'harness', 'run-sync-identity-boundary-canary.sh')

let service: HostedService
let folder = ''

beforeAll(async () => {
  service = await startHostedService()
  folder = await mkdtemp(join(tmpdir(), 'canary-'))
})
afterAll(async () => {
  await service.close()
  await rm(folder, { recursive: true })
})

/** Runs the harness against the engine of this checkout. */
async function runHarness(args: readonly string[], changed: Record<string, string> = {}) {
  return execa('bash', [script, ...args], {
    cwd: folder,
    reject: false,
    extendEnv: false,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      CANARY_NODE: process.execPath,
      TMPDIR: join(folder),
      SPEC_KITTY_ENABLE_SAAS_SYNC: '1',
      SPEC_KITTY_E2E_TRUSTED_RUNNER: '1',
      SK_E2E_SPEC_KITTY_BIN: join(root, 'packages', 'spec-kitty', 'bin', 'spec-kitty.js'),
      SK_E2E_SPEC_KITTY_PYTHON: process.execPath,
      SK_E2E_SPEC_KITTY_REPO: '/there/is/no/such/checkout',
      SPEC_KITTY_SAAS_URL: service.url,
      ...changed,
    },
  })
}

async function output(name: string): Promise<unknown> {
  const file = join(folder, 'artifacts', 'sync_identity_boundary', name)
  return JSON.parse(await readFile(file, 'utf8'))
}

spec('GATE/FR-007', 'the harness is a clean bash program', async () => {
  expect((await execa('bash', ['-n', script])).exitCode).toBe(0)
})

spec('GATE/FR-007', 'the harness refuses to start without its environment', async () => {
  const refused = await runHarness(['--single'], { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' })
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toContain('SPEC_KITTY_ENABLE_SAAS_SYNC must be 1')
})

/** Some forty commands, each a process of its own, on a machine that may be busy. */
const timeLimitMs = 120_000

async function passesSingleRun(): Promise<void> {
  const single = await runHarness(['--single'])
  const latest = canaryRunSchema.parse(await output('latest.json'))
  const failed = latest.scenarios.filter(({ status }) => status === 'fail')
  expect(failed).toStrictEqual([])
  expect(latest.scenarios.map(({ id }) => id)).toStrictEqual([1, 2, 3, 4])
  expect(single.exitCode).toBe(0)
  expect(await output('runs/run-1.json')).toStrictEqual(latest)
  expect([...service.events.values()].filter(({ event }) => isLegacy(event))).toHaveLength(3)
}

spec(
  'GATE/FR-007',
  'the engine passes all four scenarios in a single run',
  passesSingleRun,
  timeLimitMs,
)

function isLegacy(event: { payload: Readonly<Record<string, unknown>> }): boolean {
  return event.payload['actor'] === 'former-operator'
}

spec('GATE/FR-008', 'without a flag there are four runs, latest is the fourth', async () => {
  const four = await runHarness([], { SK_E2E_SPEC_KITTY_BIN: await candidateThatOnlyFails() })
  expect(four.exitCode).toBe(1)
  const runs = await Promise.all([1, 2, 3, 4].map((number) => output(`runs/run-${number}.json`)))
  expect(await output('latest.json')).toStrictEqual(runs[3])
  const parsed = runs.map((run) => canaryRunSchema.parse(run))
  expect(parsed.map(({ outcome }) => outcome)).toStrictEqual(['fail', 'fail', 'fail', 'fail'])
  expect(new Set(parsed.map(({ run_id: id }) => id)).size).toBe(4)
  expect(parsed[0]?.scenarios[0]).toMatchObject({
    failure_mode: 'canary.step_failed',
    details: 'spec-kitty auth login --headless ended with exit 7: out of order',
  })
})

async function candidateThatOnlyFails(): Promise<string> {
  const program = join(folder, 'artifacts', 'failing-candidate')
  await writeFile(program, '#!/bin/sh\necho out of order\nexit 7\n', { mode: 0o755 })
  return program
}

spec('GATE/C-008', 'the harness leaves nothing but its artifacts', async () => {
  expect(await readdir(folder)).toStrictEqual(['artifacts'])
})
