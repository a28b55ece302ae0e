import { expect } from 'vitest'
import { type Compared, flakyOf } from '../../packages/canary-gate/src/program/flaky.ts'
import { spec } from '../spec.ts'

type Verdict = Compared['requirements'][number]['verdict']
type Row = Compared['requirements'][number]

const commits = { a: 'a'.repeat(40), b: 'b'.repeat(40) }

/** A run as one line: world, candidate (or `-`), and the verdict of each requirement. */
function run(
  world: string,
  candidate: 'a' | 'b' | '-',
  ...verdicts: (Verdict | 'reused')[]
): Compared {
  const commit = candidate === '-' ? undefined : commits[candidate]
  return {
    world,
    candidate: commit === undefined ? null : { tag: `v${candidate}`, version: '1', commit },
    requirements: verdicts.map((verdict, at): Row => {
      const isReused = verdict === 'reused'
      const own = { id: `GATE/FR-00${at + 1}`, text: '', progress: [] }
      return { ...own, verdict: isReused ? 'pass' : verdict, ...(isReused && { reusedFrom: 'r' }) }
    }),
  }
}

/** A run of candidate a that proved parts repeatedly: name, passed, failed. */
function scenarios(
  world: string,
  ...parts: readonly (readonly [string, number, number])[]
): Compared {
  const repeated = parts.map(([part, passed, failed]) => ({ part, passed, failed }))
  return { ...run(world, 'a'), repeated }
}

const cases: readonly [string, readonly Compared[], readonly (readonly string[])[]][] = [
  [
    'passed and failed',
    [run('live', 'a', 'pass', 'fail', 'not-run'), run('live', 'a', 'pass', 'pass', 'fail')],
    [['GATE/FR-002'], ['GATE/FR-002']],
  ],
  ['of two candidates', [run('live', 'a', 'fail'), run('live', 'b', 'pass')], [[], []]],
  ['of two worlds', [run('live', 'a', 'fail'), run('staging', 'a', 'pass')], [[], []]],
  ['without a candidate', [run('live', '-', 'fail'), run('live', '-', 'pass')], [[], []]],
  ['rehearsed', [run('rehearsal', 'a', 'fail'), run('rehearsal', 'a', 'pass')], [[], []]],
  ['what the environment did', [run('live', 'a', 'blocked'), run('live', 'a', 'pass')], [[], []]],
  [
    'what could not be found out',
    [run('live', 'a', 'inconclusive'), run('live', 'a', 'pass')],
    [[], []],
  ],
  ['a pass taken over only', [run('live', 'a', 'fail'), run('live', 'a', 'reused')], [[], []]],
  [
    'a third run that did not get there',
    [run('live', 'a', 'fail'), run('live', 'a', 'pass'), run('live', 'a', 'not-run')],
    [['GATE/FR-001'], ['GATE/FR-001'], []],
  ],
  ['a scenario within one run', [scenarios('live', ['one', 5, 0], ['two', 4, 1])], [['two']]],
  [
    'a scenario in two runs',
    [scenarios('live', ['one', 1, 0], ['two', 0, 1]), scenarios('live', ['two', 5, 0])],
    [['two'], ['two']],
  ],
  ['a scenario that was rehearsed', [scenarios('rehearsal', ['one', 4, 1])], [[]]],
  ['nothing', [], []],
]

for (const [what, runs, flaky] of cases)
  spec('GATE/FR-010', `the history tells what is flaky: ${what}`, () => {
    expect(flakyOf(runs)).toEqual(flaky)
    expect(flakyOf(runs.toReversed()).toReversed()).toEqual(flaky)
  })
