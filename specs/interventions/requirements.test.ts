import { expect } from 'vitest'
import { verifyZeroInterventions } from '../../packages/phase4-gate/src/interventions/requirements.ts'
import type { CanaryRun } from '../../packages/phase4-gate/src/run/canary-run.ts'
import { testRun, type TestRun } from '../evidence/workspace.ts'
import { spec } from '../spec.ts'

type Outcome = CanaryRun['outcome']

const canaryRun = (outcome: Outcome, index: number): CanaryRun => ({
  outcome,
  run_id: `run-${index + 1}`,
  run_number: Math.min(index + 1, 4),
  cli_version: '3.2.0rc16',
  events_package_version: '5.1.0',
  timestamp: '2026-01-01T00:00:00Z',
  scenarios: [],
})

interface Proof {
  readonly single?: readonly string[]
  readonly between?: readonly string[]
  readonly outcomes?: readonly Outcome[]
}

async function proven(world: TestRun, { single, between, outcomes }: Proof): Promise<void> {
  const { facts } = world.run
  const runs = (outcomes ?? ['pass', 'pass', 'pass', 'pass']).map(canaryRun)
  await facts.write('attempt', { folder: world.root, number: 1, earlier: {} })
  const one = { runs: [], files: [], interventions: [...(single ?? [])] }
  await facts.write('single', { protocol: 'single', ...one })
  const four = { runs, files: [], interventions: [...(between ?? [])] }
  await facts.write('fourRun', { protocol: 'four-run', ...four })
}

spec('GATE/NFR-001', 'four runs that pass without any intervention are accepted', async () => {
  await using world = await testRun()
  await proven(world, {})
  await expect(verifyZeroInterventions(world.run)).resolves.toBeUndefined()
})

const refused: readonly (readonly [string, Proof, string, RegExp])[] = [
  ['an intervention in the single run', { single: ['a'] }, 'intervention', /^1 change that/],
  ['an intervention in the four runs', { between: ['b', 'c'] }, 'intervention', /^2 changes that/],
  ['three runs', { outcomes: ['pass', 'pass', 'pass'] }, 'canary-failed', /^3 of 4 runs/],
  [
    'a run that failed',
    { outcomes: ['pass', 'fail', 'pass', 'pass'] },
    'canary-failed',
    /^3 of 4 runs/,
  ],
  [
    'a failed run that a fifth one makes good',
    { outcomes: ['pass', 'fail', 'pass', 'pass', 'pass'] },
    'canary-failed',
    /^4 of 4 runs/,
  ],
]

for (const [what, proof, code, said] of refused) {
  spec('GATE/NFR-001', `${what} is no proof`, async () => {
    await using world = await testRun()
    await proven(world, proof)
    await expect(verifyZeroInterventions(world.run)).rejects.toMatchObject({
      report: { code, verdict: 'fail', what: expect.stringMatching(said) as string },
    })
  })
}
