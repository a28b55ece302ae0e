import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { issueOf } from '../../fixtures/github/index.ts'
import { verifySingleCanary } from '../../packages/phase4-gate/src/canary/requirements.ts'
import { verifyEvidence } from '../../packages/gate-kernel/src/evidence/verify.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'
import { failing, queuedAsUnknown, rollbackLost } from './script.ts'
import { canaryWorld, writesOf } from './world.ts'

const evidence = (attempts: string, ...path: string[]): string =>
  join(attempts, 'v3.2.0rc16-attempt1', ...path)

spec(
  'GATE/FR-007',
  'a passing run is preserved and recorded, and GitHub is left alone',
  async () => {
    await using world = await canaryWorld()
    await verifySingleCanary(world.run)
    const single = await world.run.facts.read('single')
    expect(single).toMatchObject({ protocol: 'single', files: ['run-1.json'], interventions: [] })
    expect((await readdir(evidence(world.attempts))).sort()).toEqual([
      'harness-single.log',
      'run-1.json',
    ])
    expect(world.github.requests).toEqual([])
  },
)

spec(
  'GATE/FR-007',
  'the harness gets the installed candidate, no checkout and none of our tokens',
  async () => {
    await using world = await canaryWorld()
    process.env['GITHUB_TOKEN'] = 'ghp_must_not_be_handed_on_to_programs'
    try {
      await verifySingleCanary(world.run)
    } finally {
      delete process.env['GITHUB_TOKEN']
    }
    const environment = JSON.parse(
      await readFile(join(world.root, 'e2e', 'artifacts', 'environment.txt'), 'utf8'),
    ) as unknown
    const { bin, python } = await world.run.facts.read('installation')
    expect(environment).toEqual({
      HOME: join(world.root, 'home'),
      SPEC_KITTY_HOME: world.spool,
      SPEC_KITTY_SAAS_URL: world.service.url,
      SPEC_KITTY_ENABLE_SAAS_SYNC: '1',
      SPEC_KITTY_E2E_TRUSTED_RUNNER: '1',
      SK_E2E_SPEC_KITTY_BIN: bin,
      SK_E2E_SPEC_KITTY_PYTHON: python,
      SK_E2E_SPEC_KITTY_REPO: join(world.root, 'no-checkout-here'),
    })
  },
)

const blockers: readonly (readonly [string, object, readonly number[]])[] = [
  ['scenario 4 with for_review → in_review re-opens 1141', rollbackLost, [1141]],
  [
    'scenario 4 with another arrow re-opens 1141',
    failing(4, 'peek', 'for_review -> in_review'),
    [1141],
  ],
  ['scenario 1 with unknown errors re-opens 1182', queuedAsUnknown, [1182]],
  [
    'scenario 2 with unknown errors re-opens 1182',
    failing(2, 'sync.event_loop_unavailable', 'Errors: 27 (unknown: 3)'),
    [1182],
  ],
  [
    'scenario 4 with another failure re-opens nothing',
    failing(4, 'timeout', 'planned -> claimed'),
    [],
  ],
  [
    'scenario 3 with the words of 1141 re-opens nothing',
    failing(3, 'owner', 'for_review → in_review'),
    [],
  ],
  [
    'scenario 1 with unknown: 0 re-opens nothing',
    failing(1, 'sync.event_loop_unavailable', 'Errors: 4 (unknown: 0)'),
    [],
  ],
  [
    'scenario 2 with errors of another name re-opens nothing',
    failing(2, 'sync.errors', 'Errors: 4 (unknown: 4)'),
    [],
  ],
]

for (const [behaviour, run, reopened] of blockers) {
  spec('GATE/FR-007', behaviour, async () => {
    await using world = await canaryWorld({ runs: { '1': run }, exitCode: 1 })
    const stop = await stopOf(verifySingleCanary(world.run))
    expect(stop.verdict).toBe('fail')
    expect(stop.code).toBe(
      reopened.length === 0 ? 'canary-failed' : `canary-reopens-${reopened.join('-')}`,
    )
    for (const issue of [1141, 1182]) {
      expect(issueOf(world.github.state, issue).state).toBe(
        reopened.includes(issue) ? 'open' : 'closed',
      )
    }
    expect(writesOf(world.github)).toHaveLength(reopened.length * 2)
    expect((await verifyEvidence(evidence(world.attempts))).ok).toBe(true)
    expect((await readdir(evidence(world.attempts))).sort()).toEqual([
      'harness-single.log',
      'latest.json',
      'manifest.json',
      'run-1.json',
    ])
  })
}

spec('GATE/FR-007', 'both blockers are re-opened where a run shows both defects', async () => {
  const both = {
    outcome: 'fail',
    scenarios: [1, 2, 3, 4].map((id) => ({
      ...{
        id,
        name: `scenario ${id}`,
        status: 'fail',
        failure_mode: 'sync.event_loop_unavailable',
      },
      details: id === 4 ? 'for_review → in_review' : 'unknown: 24',
    })),
  }
  await using world = await canaryWorld({ runs: { '1': both }, exitCode: 1 })
  expect((await stopOf(verifySingleCanary(world.run))).code).toBe('canary-reopens-1141-1182')
})

spec('GATE/FR-007', 'evidence is preserved and sealed before the blocker is touched', async () => {
  await using world = await canaryWorld({ runs: { '1': rollbackLost }, exitCode: 1 })
  await stopOf(verifySingleCanary(world.run))
  const comment = issueOf(world.github.state, 1141).comments.at(-1)!
  const { manifestSha256 } = await world.run.facts.read('seal')
  expect(comment.body).toContain(manifestSha256)
  expect(comment.body).toContain('artifacts/sync_identity_boundary/v3.2.0rc16-attempt1')
  const shown = comment.body.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
  expect(shown).toContain("from='for_review' to='in_review'")
})

spec(
  'GATE/FR-007',
  'a GitHub that refuses does not hide the failed canary nor the evidence',
  async () => {
    await using world = await canaryWorld({ runs: { '1': rollbackLost }, exitCode: 1 })
    await world.github.close()
    const stop = await stopOf(verifySingleCanary(world.run))
    expect(stop).toMatchObject({ code: 'canary-reopens-1141', verdict: 'fail' })
    expect(stop.findings?.join()).toMatch(/#1141 was not re-opened/)
    expect((await verifyEvidence(evidence(world.attempts))).ok).toBe(true)
  },
)

spec(
  'GATE/FR-010',
  'an earlier attempt of the same tag is never overwritten by a failing one',
  async () => {
    await using world = await canaryWorld({
      runs: { '1': failing(3, 'owner', 'no refusal') },
      exitCode: 1,
    })
    await mkdir(evidence(world.attempts), { recursive: true })
    await writeFile(evidence(world.attempts, 'run-1.json'), 'kept')
    const stop = await stopOf(verifySingleCanary(world.run))
    expect(stop.where).toMatch(/v3\.2\.0rc16-attempt2$/)
    expect(await readFile(evidence(world.attempts, 'run-1.json'), 'utf8')).toBe('kept')
  },
)
