import { expect } from 'vitest'
import { checkProtocol } from '../../packages/phase4-gate/src/canary/results.ts'
import type { CanaryRun } from '../../packages/phase4-gate/src/run/canary-run.ts'
import { spec } from '../spec.ts'

const minute = 60_000
const noon = Date.parse('2026-01-01T12:00:00Z')

const runs: readonly CanaryRun[] = [1, 2, 3, 4].map((number) => ({
  outcome: 'pass',
  run_id: `run-${number}`,
  run_number: number,
  cli_version: '3.2.0rc16',
  events_package_version: '5.1.0',
  timestamp: new Date(noon + number * minute).toISOString(),
  scenarios: [],
}))
const [one, two, three, four] = runs as [CanaryRun, CanaryRun, CanaryRun, CanaryRun]

/** Each document was written half a minute after its run began. */
const ends = runs.map(({ timestamp }) => Date.parse(timestamp) + minute / 2)
const never = ends.map(() => 0)

spec('GATE/FR-008', 'four runs one after the other, the last of them the latest, are sound', () => {
  expect(checkProtocol(runs, four, ends, 4)).toEqual([])
})

const unsound: readonly (readonly [string, readonly CanaryRun[], CanaryRun | null, RegExp])[] = [
  ['a missing run', [one, two, three], three, /^run numbers are 1, 2, 3, not 1 to 4$/],
  ['runs of another order', [one, three, two, four], four, /^run numbers are 1, 3, 2, 4/],
  [
    'one id for two runs',
    [one, two, { ...three, run_id: 'run-2' }, four],
    four,
    /the same run_id$/,
  ],
  [
    'a run that began before the one before it',
    [one, two, { ...three, timestamp: one.timestamp }, four],
    four,
    /^the runs did not start in the order of their numbers$/,
  ],
  ['a latest that is another run', runs, three, /^latest\.json is not run 4$/],
  ['a latest that differs from the last run', runs, { ...four, outcome: 'fail' }, /not run 4$/],
  ['no latest', runs, null, /^latest\.json is not run 4$/],
]

for (const [what, given, latest, finding] of unsound) {
  spec('GATE/FR-008', `${what} is found by itself`, () => {
    expect(checkProtocol(given, latest, never, 4).filter((one) => finding.test(one))).toHaveLength(
      1,
    )
  })
}

spec('GATE/FR-008', 'a run that began while the one before it still ran is found', () => {
  const late = ends.map((end, index) => (index === 1 ? end + 5 * minute : end))
  expect(checkProtocol(runs, four, late, 4)).toEqual([
    'run 3 began before the document of run 2 was written',
  ])
})
