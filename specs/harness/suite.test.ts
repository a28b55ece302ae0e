import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import {
  type HostedService,
  type HostedServiceOptions,
  startHostedService,
} from '../../fixtures/service/index.ts'
import { countSuite } from '../../packages/phase4-gate/src/teamspace/counts.ts'
import { triage } from '../../packages/phase4-gate/src/teamspace/triage.ts'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const goLive = 'test_go_live_pre_connector_saas_e2e.py'
const timeLimitMs = 120_000

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'suite-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Runs the suite with the engine of this checkout. */
async function runSuite(service: HostedService, words: readonly string[]) {
  const program = join(root, 'fixtures', 'teamspace', 'run.ts')
  return execa(process.execPath, [program, '-v', ...words], {
    cwd: folder,
    reject: false,
    extendEnv: false,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      TMPDIR: folder,
      SPEC_KITTY_ENABLE_SAAS_SYNC: '1',
      SPEC_KITTY_E2E_TRUSTED_RUNNER: '1',
      SK_E2E_SPEC_KITTY_BIN: join(root, 'packages', 'spec-kitty', 'bin', 'spec-kitty.js'),
      SK_E2E_SPEC_KITTY_PYTHON: process.execPath,
      SK_E2E_SPEC_KITTY_REPO: '/there/is/no/such/checkout',
      SPEC_KITTY_SAAS_URL: service.url,
    },
  })
}

/** What the triage table makes of one file of the suite in a service that is not as it should be. */
async function triaged(options: HostedServiceOptions, file = goLive): Promise<string> {
  await using service = await startHostedService(options)
  const words = ['-m', 'deployed_dev', '--materialize-within', '1', file]
  const { exitCode, stdout } = await runSuite(service, words)
  expect(exitCode).toBe(1)
  return triage(stdout).code
}

spec('GATE/FR-013', 'without its marker the suite selects nothing, and says so', async () => {
  await using service = await startHostedService()
  const { exitCode, stdout } = await runSuite(service, [])
  expect([exitCode, countSuite(stdout, null)]).toMatchObject([
    5,
    { passed: 0, failed: 0, skipped: 0 },
  ])
})

spec(
  'GATE/FR-013',
  'all three files pass with the engine, in the log and in the JUnit file',
  async () => {
    await using service = await startHostedService()
    const junit = join(folder, 'suite.xml')
    const { exitCode, stdout } = await runSuite(service, [
      '-m',
      'deployed_dev',
      '--junitxml',
      junit,
    ])
    const all = { passed: 5, failed: 0, skipped: 0 }
    expect(countSuite(stdout, null)).toMatchObject({ ...all, problems: [] })
    const report = await readFile(junit, 'utf8')
    expect(countSuite(stdout, report)).toMatchObject({ ...all, problems: [] })
    expect(new Set(stdout.match(/^test_\w+\.py/gm)).size).toBe(3)
    expect(exitCode).toBe(0)
  },
  timeLimitMs,
)

spec(
  'GATE/FR-013',
  'a stalled drain, a tiny ingress cap and failed rows are told apart',
  async () => {
    expect(await triaged({ drain: { stalled: true } })).toBe('teamspace-not-materialized')
    const limits = { maxDecompressedBytesPerBatch: 40 }
    expect(await triaged({ limits })).toBe('teamspace-413')
    expect(await triaged({ drain: { terminalFailedCount: 1 } })).toBe('teamspace-readiness')
    const sync = 'test_teamspace_sync_deployed_dev_e2e.py'
    const drain = { businessRuleRejectedCount: 23 }
    expect(await triaged({ drain }, sync)).toBe('teamspace-terminal-failed')
  },
  timeLimitMs,
)
