import fc from 'fast-check'
import { expect } from 'vitest'
import { gate } from '../../gate/gate.ts'
import { conclude } from '../../packages/gate-kernel/src/report/conclude.ts'
import { verdictOfRun } from '../../packages/gate-kernel/src/report/run-verdict.ts'
import type { RunObservation } from '../../packages/gate-kernel/src/report/observation.ts'
import { spec } from '../spec.ts'
import { degraded, perfectRun, stoppedRun } from './observations.ts'

spec('GATE/FR-011', 'only a perfect run is published', () => {
  const judgement = verdictOfRun(gate, perfectRun())
  expect(judgement).toMatchObject({ publishable: true, stop: null, weakenings: [] })
  expect(judgement.requirements.map((one) => one.id)).toEqual([...gate.order])
})

spec(
  'GATE/FR-005',
  'a stop names its requirement, and every later one is not run because of it',
  () => {
    const { requirements, stop, publishable } = verdictOfRun(
      gate,
      stoppedRun('GATE/FR-005', degraded),
    )
    expect(publishable).toBe(false)
    expect(stop).toMatchObject({ requirement: 'GATE/FR-005', code: 'service-degraded' })
    const at = gate.order.indexOf('GATE/FR-005')
    const pastStop = requirements.slice(at + 1)
    expect(requirements.slice(0, at).every((one) => one.verdict === 'pass')).toBe(true)
    expect(
      pastStop.every((one) => one.verdict === 'not-run' && one.stoppedBy === 'GATE/FR-005'),
    ).toBe(true)
  },
)

spec('GATE/FR-005', 'what a stop leaves behind is not reported as a weakening', () => {
  expect(verdictOfRun(gate, stoppedRun('GATE/FR-005', degraded)).weakenings).toEqual([])
})

spec(
  'GATE/FR-008',
  'a requirement that passes after a gap is not run, whatever its test says',
  () => {
    const run = perfectRun()
    const gap = run.modules.filter((module) => !module.file.includes('FR-003'))
    const { requirements } = verdictOfRun(gate, { ...run, modules: gap })
    expect(requirements.find((one) => one.id === 'GATE/FR-008')).toMatchObject({
      verdict: 'not-run',
      stoppedBy: 'GATE/FR-003',
    })
  },
)

spec('GATE/FR-008', 'meta that is no verdict is no pass and breaks nothing', () => {
  fc.assert(
    fc.property(fc.anything(), fc.nat(27), (meta, place) => {
      const run = withTest(perfectRun(), place, { meta })
      expect(verdictOfRun(gate, run).publishable).toBe(false)
    }),
  )
})

type Test = RunObservation['modules'][number]['tests'][number]

function withTest(run: RunObservation, place: number, change: Partial<Test>): RunObservation {
  const modules = run.modules.map((module, index) =>
    index === place
      ? { ...module, tests: module.tests.map((test) => ({ ...test, ...change })) }
      : module,
  )
  return { ...run, modules }
}

const damages: readonly (readonly [
  name: string,
  damage: (run: RunObservation, n: number) => RunObservation,
])[] = [
  ['a missing module', (run, n) => ({ ...run, modules: run.modules.filter((_, i) => i !== n) })],
  [
    'a missing selection',
    (run, n) => ({ ...run, selected: run.selected.filter((_, i) => i !== n) }),
  ],
  ['a skipped test', (run, n) => withTest(run, n, { state: 'skipped' })],
  ['a pending test', (run, n) => withTest(run, n, { state: 'pending' })],
  ['a retried test', (run, n) => withTest(run, n, { retries: 1 })],
  ['a repeated test', (run, n) => withTest(run, n, { repeats: 1 })],
  ['a test marked only', (run, n) => withTest(run, n, { mode: 'only' })],
  ['a test expected to fail', (run, n) => withTest(run, n, { fails: true })],
  ['an error in a passed test', (run, n) => withTest(run, n, { errors: ['red'] })],
  ['an unhandled error', (run) => ({ ...run, unhandledErrors: ['late'] })],
  ['another reason', (run) => ({ ...run, reason: 'interrupted' })],
  ['an option', (run) => ({ ...run, foreignOptions: ['--retry 2'] })],
  ['a setting', (run) => ({ ...run, changedSettings: ['bail is 0'] })],
  ['a variable', (run) => ({ ...run, foreignVariables: ['VITEST_MAX_WORKERS'] })],
  ['a foreign module', (run) => ({ ...run, foreignModules: ['specs/x.test.ts'] })],
  ['a swapped order', (run, n) => ({ ...run, modules: swapped(run.modules, n) })],
  [
    'a module twice',
    (run, n) => ({ ...run, modules: run.modules.flatMap((m, i) => (i === n ? [m, m] : [m])) }),
  ],
]

function swapped<Item>(items: readonly Item[], at: number): Item[] {
  const from = Math.min(at, items.length - 2)
  const [left, right] = [items[from], items[from + 1]]
  return items.flatMap((item, index) => {
    if (index === from) return right === undefined ? [] : [right]
    if (index === from + 1) return left === undefined ? [] : [left]
    return [item]
  })
}

for (const [name, damage] of damages) {
  spec('GATE/FR-011', `${name} anywhere in the run withholds the publication`, () => {
    for (const place of gate.order.keys()) {
      const judgement = verdictOfRun(gate, damage(perfectRun(), place))
      expect(judgement.publishable, `at ${place}`).toBe(false)
      expect(conclude(gate, judgement, { status: 'withheld' }).verdict).toBe('hold')
      expect(
        conclude(gate, judgement, { status: 'complete', record: {}, comments: [] }).verdict,
      ).toBe('hold')
    }
  })
}

spec(['GATE/FR-011', 'GATE/FR-014'], 'withheld publication: its requirements are not run', () => {
  const judgement = verdictOfRun(gate, { ...perfectRun(), foreignOptions: ['--retry 2'] })
  const { requirements, verdict } = conclude(gate, judgement, { status: 'withheld' })
  expect(verdict).toBe('hold')
  const notRun = requirements.filter((one) => one.verdict === 'not-run').map((one) => one.id)
  expect(notRun).toEqual(['GATE/FR-011', 'GATE/FR-012', 'GATE/FR-014', 'GATE/FR-015'])
})

spec('GATE/FR-012', 'a publication that breaks half-way holds, and says where', () => {
  const stop = { ...degraded, code: 'github-unreachable' }
  const broken = { status: 'broken', record: null, comments: [], at: 'GATE/FR-012', stop } as const
  const {
    requirements,
    verdict,
    stop: shown,
  } = conclude(gate, verdictOfRun(gate, perfectRun()), broken)
  const verdicts = Object.fromEntries(requirements.map((one) => [one.id, one.verdict]))
  expect(verdict).toBe('hold')
  expect(shown?.requirement).toBe('GATE/FR-012')
  expect(verdicts).toMatchObject({
    'GATE/FR-011': 'pass',
    'GATE/FR-012': 'blocked',
    'GATE/FR-014': 'not-run',
    'GATE/FR-015': 'not-run',
    'GATE/C-007': 'pass',
  })
})
