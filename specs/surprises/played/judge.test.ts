import { expect } from 'vitest'
import { spec } from '../../spec.ts'
import { wrongIn } from './judge.ts'
import { surprises } from './plan.ts'
import type { Ending } from './world.ts'
import { changeOf, type Done } from './written.ts'

const published = ['POST comment 41', 'PATCH issue 41', 'POST comment 1038']
const released: Ending = {
  ...{ verdict: 'release', stop: '', exitCode: 0, writes: published, writesBefore: 0 },
  ...{ done: null, documents: new Map(), output: '', fixes: ['1141 a', '1182 b'] },
}
const held: Ending = {
  ...{ ...released, verdict: 'hold', stop: 'GATE/FR-001 blocker-open', exitCode: 1, writes: [] },
}
const open = '{"number":1141,"state":"open","title":"t"}'
const issue = 'github: GET issue 1141'

function done(after: string, more: Partial<Done> = {}): Done {
  const before = '{"number":1141,"state":"closed","title":"t"}'
  return { what: 'x', kind: null, before, after: Buffer.from(after).toString('base64'), ...more }
}

spec(
  'GATE/FR-008',
  'the player of surprises calls each end wrong that is wrong, and no other',
  () => {
    const renamed = open.replace('open', 'closed').replace('"t"', '"u"')
    const ends: readonly (readonly [string, Ending, string | null])[] = [
      [issue, { ...held, verdict: null }, 'the gate ended without a verdict'],
      [issue, released, null],
      [issue, held, 'nothing was changed, and it held: GATE/FR-001 blocker-open'],
      [issue, { ...released, done: done(open) }, 'released wrongly'],
      [issue, { ...released, done: done('{"number":1141') }, 'released wrongly'],
      [issue, { ...released, done: done(renamed) }, null],
      [issue, { ...released, done: done(renamed, { kind: 'ambiguous' }) }, 'released wrongly'],
      [issue, { ...held, done: done(open) }, null],
      [issue, { ...held, done: done(open), exitCode: 0 }, 'exit code 0 with the verdict hold'],
      [
        issue,
        { ...held, done: done(open), writes: published },
        `held after it had published (${published.join(', ')})`,
      ],
      [issue, { ...held, done: done(open), writes: published, writesBefore: 1 }, null],
      ['github: GET timeline 1141', { ...released, done: done(open) }, null],
      [
        'github: GET timeline 1141',
        { ...released, done: done(open), fixes: ['1182 b'] },
        'released wrongly',
      ],
      ['index: GET /files/a.whl', { ...released, done: done('other bytes') }, 'released wrongly'],
      ['index: GET /simple/a/', { ...released, done: done('other bytes') }, null],
      [
        'runs/run-2.json',
        { ...released, done: done(`{"dead":1,${open.slice(1)}`, { kind: 'unknown' }) },
        'released wrongly',
      ],
      [
        'teamspace.log',
        { ...released, done: done('1 failed', { before: '3 passed', beside: '<testsuites/>' }) },
        'released wrongly',
      ],
    ]
    for (const [at, ending, wrong] of ends) expect(wrongIn(at, ending, released), at).toBe(wrong)
    expect(() => wrongIn('a new document', { ...released, done: done('') }, released)).toThrow(
      'no rule',
    )
  },
)

spec(
  'GATE/FR-008',
  'a seed always chooses the same surprises, and each of them changes its document',
  () => {
    const answers = new Map([[issue, 3]])
    const [one, again] = [surprises(answers, 7), surprises(answers, 7)]
    const all = Array.from({ length: 200 }, () => one.next().value)
    expect(Array.from({ length: 200 }, () => again.next().value)).toStrictEqual(all)
    expect(new Set(all.map(({ at }) => at)).size).toBe(10)
    expect(all.every(({ from }) => from >= 1 && from <= 3)).toBe(true)
    for (const surprise of all) {
      const { after, what } = changeOf(surprise, open, '{}')
      expect(Buffer.from(after, 'base64').toString('latin1'), what).not.toBe(open)
    }
  },
)
