import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { javascriptBase, javascriptPaths } from '../../fixtures/fix-corpus/base-javascript.ts'
import { pythonBase, pythonPaths } from '../../fixtures/fix-corpus/base-python.ts'
import { isTuning } from '../../packages/fix-prover/src/inspecting/words.ts'
import { javascript } from '../../packages/fix-prover/src/syntax/javascript.ts'
import { python } from '../../packages/fix-prover/src/syntax/python.ts'
import { spec } from '../spec.ts'
import { classify, classifyFiles, kindsBetween } from './classify.ts'
import {
  branchMutationsOf,
  indented,
  inUnit,
  mutationsOf,
  type Subject,
  withLines,
} from './mutations.ts'

const subjects: readonly Subject[] = [
  {
    language: python,
    path: pythonPaths.queue,
    source: pythonBase[pythonPaths.queue] ?? '',
    unit: 'OfflineQueue.queue_event',
    locals: ['key'],
    comment: '# ',
  },
  {
    language: python,
    path: pythonPaths.batch,
    source: pythonBase[pythonPaths.batch] ?? '',
    unit: '_parse_event_results',
    locals: ['row', 'status', 'category', 'result', 'raw_results'],
    comment: '# ',
  },
  {
    language: javascript,
    path: javascriptPaths.queue,
    source: javascriptBase[javascriptPaths.queue] ?? '',
    unit: 'OfflineQueue.queueEvent',
    // Not `key`: it is also the name of a property.
    locals: ['known'],
    comment: '// ',
  },
]

const word = fc.stringMatching(/^[a-z]{3,9}$/).map((text) => `zz_${text}`)
const runs = { numRuns: 120 }

describe.each(subjects)('$path $unit', (subject) => {
  spec(
    'GATE/FR-002',
    `blank lines, trailing blanks and indentation are never behaviour: ${subject.unit}`,
    () => {
      fc.assert(
        fc.property(
          fc.array(fc.nat(200), { maxLength: 6 }),
          fc.constantFrom(2, 3, 8),
          (places, width) => {
            const after = indented(withLines(subject.source, places, ''), width)
            expect(behaviourOf(subject, after)).toEqual([])
          },
        ),
        runs,
      )
    },
  )

  spec('GATE/FR-002', `comments anywhere are never behaviour: ${subject.unit}`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(200), { minLength: 1, maxLength: 6 }),
        fc.string({ unit: 'grapheme-ascii' }),
        (places, text) => {
          const line = `${subject.comment}${text.replaceAll('\\', '')}`
          expect(behaviourOf(subject, withLines(subject.source, places, line))).toEqual([])
        },
      ),
      runs,
    )
  })

  spec('GATE/FR-002', `renamed local variables are never behaviour: ${subject.unit}`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...subject.locals), word, (old, now) => {
        const after = inUnit(subject, (text) =>
          text.replace(new RegExp(`(?<![\\w."'])${old}(?!\\w|":)`, 'g'), now),
        )
        fc.pre(after !== subject.source)
        const kinds = classify(subject.path, subject.source, after).get(subject.unit)
        expect(kinds).toContain('rename')
        expect(kinds).not.toContain('behaviour')
      }),
      runs,
    )
  })

  spec('GATE/FR-002', `a changed operator, literal or call is behaviour: ${subject.unit}`, () => {
    const mutations = mutationsOf(subject)
    expect(mutations.length).toBeGreaterThan(9)
    for (const after of mutations)
      expect({
        after,
        kinds: classify(subject.path, subject.source, after).get(subject.unit),
      }).toMatchObject({
        kinds: expect.arrayContaining(['behaviour']) as unknown,
      })
  })

  spec(
    'GATE/FR-002',
    `a statement that goes, or a condition that is turned round, is behaviour: ${subject.unit}`,
    () => {
      for (const after of branchMutationsOf(subject))
        expect({
          after,
          kinds: classify(subject.path, subject.source, after).get(subject.unit),
        }).toMatchObject({
          kinds: expect.arrayContaining(['behaviour']) as unknown,
        })
    },
  )
})

spec('GATE/FR-002', 'functions in another order are no change at all', () => {
  const [head = '', ...functions] = (pythonBase[pythonPaths.batch] ?? '').split(/\n\n\n(?=def )/)
  fc.assert(
    fc.property(fc.shuffledSubarray(functions, { minLength: functions.length }), (order) => {
      const after = [head, ...order.map((text) => text.trimEnd())].join('\n\n\n') + '\n'
      const before = pythonBase[pythonPaths.batch] ?? ''
      expect(
        [...kindsBetween(pythonPaths.batch, before, after)].filter((kind) => kind !== 'format'),
      ).toEqual([])
    }),
    runs,
  )
})

spec(
  'GATE/FR-002',
  'a function that moves to another file is moved, one that changes on the way is not',
  () => {
    const before = pythonBase[pythonPaths.batch] ?? ''
    const moved = /def categorize_error[\s\S]*?\n\n\n/.exec(before)?.[0] ?? ''
    const files = (text: string): Parameters<typeof classifyFiles>[0] => [
      { path: 'src/a.py', before, after: before.replace(moved, '') },
      { path: 'src/b.py', before: null, after: text },
    ]
    expect(classifyFiles(files(moved)).get('categorize_error')).toEqual(['move'])
    expect(
      classifyFiles(files(moved.replace('"large"', '"huge"'))).get('categorize_error'),
    ).toContain('behaviour')
  },
)

spec('GATE/FR-002', 'quotes, brackets, trailing commas and joined strings are layout', () => {
  const pairs = [
    [
      'def f(a):\n    return g(a, "x")\n',
      "def f(\n    a,\n):\n    return g(\n        a,\n        'x',\n    )\n",
    ],
    ['def f(a):\n    return (a + 1) * 2\n', 'def f(a):\n    return ((a + 1)) * 2\n'],
    ['def f():\n    return "ab"\n', 'def f():\n    return ("a" "b")\n'],
  ] as const
  for (const [before, after] of pairs)
    expect([...kindsBetween('a.py', before, after)]).toEqual(['format'])
  expect([
    ...kindsBetween(
      'a.py',
      'def f(a):\n    return (a + 1) * 2\n',
      'def f(a):\n    return a + 1 * 2\n',
    ),
  ]).toEqual(['behaviour'])
})

spec(
  'GATE/FR-002',
  'braces, semicolons, const and let, arrows and casts are layout or types',
  () => {
    const kinds = (before: string, after: string): unknown => [
      ...kindsBetween('a.ts', before, after),
    ]
    expect(
      kinds(
        'function f(a) { if (a) return 1 }',
        'function f(a) {\n  if (a) {\n    return 1;\n  }\n}',
      ),
    ).toEqual(['format'])
    expect(kinds('const f = (a) => a + 1', 'const f = (a) => { return a + 1 }')).toEqual(['format'])
    expect(
      kinds('function f(a) { let b = a; return b }', 'function f(a) { const b = a; return b }'),
    ).toEqual(['format'])
    expect(
      kinds('function f(a) { return a.b }', 'function f(a: T): U { return a!.b as U }'),
    ).toEqual(['typing'])
    expect(kinds('function f(a) { return a?.b }', 'function f(a) { return a.b }')).toEqual([
      'behaviour',
    ])
  },
)

/** Names of units that reading calls changed in behaviour. */
function behaviourOf({ path, source }: Subject, after: string): readonly string[] {
  const told = classify(path, source, after)
  return [...told].filter(([, kinds]) => kinds.includes('behaviour')).map(([name]) => name)
}

spec('GATE/FR-002', 'only names of times are times: items and params are what they say', () => {
  for (const name of ['items', 'params', 'systems'])
    expect([name, isTuning(`self.${name} = 2`)]).toEqual([name, false])
  for (const name of ['waitMs', 'wait_ms', 'WAIT_S'])
    expect([name, isTuning(`self.${name} = 2`)]).toEqual([name, true])
})
