import fc from 'fast-check'
import { expect } from 'vitest'
import { javascriptBase, javascriptPaths } from '../../fixtures/fix-corpus/base-javascript.ts'
import { pythonBase, pythonPaths } from '../../fixtures/fix-corpus/base-python.ts'
import type { ChangedFile } from '../../packages/fix-prover/src/changes/change.ts'
import { changesOwnTests, withOwnTests } from '../../packages/fix-prover/src/execution/test-part.ts'
import { resultOf, verdictOf } from '../../packages/fix-prover/src/proving/outcome.ts'
import { areInert } from '../../packages/fix-prover/src/proving/inert.ts'
import type { Hunk } from '../../packages/fix-prover/src/proving/hunks.ts'
import { withoutHunks } from '../../packages/fix-prover/src/proving/hunks.ts'
import type { ProveHunk, ProveTest } from '../../packages/fix-prover/src/proving/report.ts'
import {
  type Failure,
  type FailureKind,
  type TestCase,
  toFailure,
} from '../../packages/fix-prover/src/runners/case.ts'
import { spec } from '../spec.ts'

const kinds: readonly FailureKind[] = [
  'assertion',
  'raised',
  'timeout',
  'missing-name',
  'load',
  'error',
]
const failure = fc.record<Failure>({
  kind: fc.constantFrom(...kinds),
  message: fc.constantFrom('a', 'b'),
  line: fc.constant(null),
})
const testCase: fc.Arbitrary<TestCase> = fc.option(failure, { freq: 2 }).map((found) => ({
  id: 't',
  name: 't',
  file: 'test.py',
  outcome: found === null ? 'passed' : 'failed',
  failure: found,
  hits: null,
}))
const history = fc
  .record({ before: fc.option(testCase), after: fc.option(testCase) })
  .map((both) => ({ id: 't', name: 't', file: 'test.py', ...both }))

/** What often agrees, so that enough of them are proofs. */
const observed = history.chain((first) =>
  fc.record({
    history: fc.constant(first),
    again: fc.oneof(fc.constant(first), fc.constant(null), history),
    without: fc.oneof(fc.constant(first.before), fc.constant(null), testCase),
  }),
)

spec(
  'GATE/FR-002',
  'a test catches a change only if it was red for its behaviour, red again without it, and green twice with it',
  () => {
    let seen = 0
    fc.assert(
      fc.property(observed, ({ history: first, again, without }) => {
        if (resultOf({ history: first, again, without }) !== 'catches') return
        seen += 1
        expect(['assertion', 'raised', 'timeout']).toContain(first.before?.failure?.kind)
        expect(first.after).toMatchObject({ outcome: 'passed' })
        if (again !== null) expect(again.after).toMatchObject({ outcome: 'passed' })
        expect(without?.failure).toMatchObject(sameFailure(first.before))
      }),
      { numRuns: 5000 },
    )
    expect(seen).toBeGreaterThan(5)
  },
)

spec('GATE/FR-002', 'a test passes either way only if it was seen to pass on both trees', () => {
  const skipped: TestCase = {
    ...{ id: 't', name: 't', file: 'test.py', hits: null },
    ...{ outcome: 'skipped', failure: null },
  }
  const some = fc.option(fc.oneof(testCase, fc.constant(skipped)))
  fc.assert(
    fc.property(some, some, some, (before, after, without) => {
      const first = { id: 't', name: 't', file: 'test.py', before, after }
      const result = resultOf({ history: first, again: null, without })
      const isBoth = before?.outcome === 'passed' && after?.outcome === 'passed'
      expect(result === 'passes either way').toBe(isBoth)
    }),
  )
})

const sameFailure = (test: TestCase | null): object => {
  const { kind, message } = test?.failure ?? {}
  return { kind, message }
}

const states = [
  'proven',
  'needed',
  'executed',
  'not executed',
  'unproven',
  'no behaviour',
  'not tried',
] as const
const hunkOf = (state: ProveHunk['state']): ProveHunk => ({
  id: 1,
  file: 'a.py',
  lines: [1, 1],
  state,
  tests: [],
  mutants: { tried: 0, survived: [] },
})
const testOf = (result: ProveTest['result']): ProveTest => ({
  id: 't',
  file: 'test.py',
  line: null,
  result,
  caughtBy: [],
  without: null,
  with: null,
  executes: null,
})

spec('GATE/FR-002', 'proven needs a test that catches, and no hunk left open', () => {
  const results = fc.constantFrom<ProveTest['result']>(
    'catches',
    'passes either way',
    'did not load without the change',
    'fails for another reason without the change',
    'unsteady',
    'fails with the change',
    'skipped',
  )
  fc.assert(
    fc.property(fc.array(results), fc.array(fc.constantFrom(...states)), (tests, hunks) => {
      const { verdict, reasons } = verdictOf(tests.map(testOf), hunks.map(hunkOf))
      expect(reasons.length).toBeGreaterThan(0)
      if (verdict !== 'proven') return
      expect(tests).toContain('catches')
      expect(tests).not.toContain('fails with the change')
      for (const state of hunks) expect(['proven', 'needed', 'no behaviour']).toContain(state)
    }),
  )
})

const wholeFile = (path: string, before: string, after: string): Hunk => ({
  id: 1,
  file: path,
  before: { first: 1, count: before.split('\n').length },
  after: { first: 1, count: after.split('\n').length },
})

spec(
  'GATE/FR-002',
  'blank lines and comments are never behaviour, a changed operator always is',
  () => {
    const files = [
      { path: pythonPaths.batch, text: pythonBase[pythonPaths.batch] ?? '', comment: '# ' },
      {
        path: javascriptPaths.batch,
        text: javascriptBase[javascriptPaths.batch] ?? '',
        comment: '// ',
      },
      {
        path: 'queue.go',
        text: 'package q\n\nfunc F(a int) int {\n\treturn a + 1\n}\n',
        comment: '// ',
      },
    ]
    const isInert = (path: string, before: string, after: string): boolean =>
      areInert([{ path, role: 'product', before, after }], [wholeFile(path, before, after)])
    for (const { path, text, comment } of files) {
      fc.assert(
        fc.property(
          fc.nat(),
          fc.stringMatching(/^[a-z ]{0,12}$/),
          fc.boolean(),
          (at, words, isBlank) => {
            const lines = text.split('\n')
            const place = at % (lines.length - 1)
            const after = lines.toSpliced(place, 0, isBlank ? '' : comment + words).join('\n')
            expect(isInert(path, text, after)).toBe(true)
          },
        ),
      )
      expect(isInert(path, text, text.replace(/\+(?== 1)|\+(?= 1)/, '-'))).toBe(false)
    }
  },
)

spec('GATE/FR-002', 'taking every hunk back gives the text before', () => {
  const line = fc.constantFrom('a', 'b', 'c', '')
  const text = fc.array(line, { minLength: 1, maxLength: 8 }).map((lines) => lines.join('\n'))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const file = { path: 'x', role: 'product' as const, before, after }
      expect(withoutHunks([file], [wholeFile('x', before, after)]).get('x')).toBe(before)
    }),
  )
})

spec(
  'GATE/FR-002',
  'an error counts if it came through product code, a missing name only if it came from there',
  () => {
    const told = (type: string, ...files: string[]): FailureKind =>
      toFailure(
        {
          type,
          message: 'x',
          phase: 'call',
          isAssertion: false,
          frames: files.map((file) => ({ file: `/t/${file}`, line: 1 })),
        },
        '/t',
      ).kind
    expect(told('IndexError', 'tests/test_a.py', 'src/a.py')).toBe('raised')
    expect(told('ValueError', 'tests/test_a.py', 'src/a.py', 'tests/test_a.py')).toBe('raised')
    expect(told('IndexError', 'tests/test_a.py')).toBe('no-value')
    expect(told('ValueError', 'tests/test_a.py')).toBe('error')
    expect(told('AttributeError', 'tests/test_a.py')).toBe('missing-name')
    expect(told('AttributeError', 'tests/test_a.py', 'src/a.py')).toBe('raised')
    expect(told('AttributeError', 'tests/test_a.py', 'src/a.py', 'tests/test_a.py')).toBe(
      'missing-name',
    )
    expect(told('KeyError', 'tests/test_a.py', 'node_modules/x/a.js')).toBe('error')
  },
)

spec(
  'GATE/FR-002',
  'a Rust file takes the tests of one side, where they are there, and the product code of the other',
  async () => {
    const file = (product: string, test: string): string =>
      `//! Says f.\n\n/// \`\`\`\n/// ${test}\n/// \`\`\`\npub fn f() -> i32 {\n    ${product}\n}\n\n#[cfg(test)]\nfn helper() -> i32 {\n    ${test}\n}\n\npub fn g() {}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() {\n        ${test}\n    }\n}\n`
    const changed: ChangedFile = {
      ...{ path: 'src/lib.rs', role: 'other', before: file('1', 'old()') },
      after: file('2', 'new()'),
    }
    expect((await withOwnTests(changed)).before).toBe(file('1', 'new()'))
    const begun = { ...changed, before: 'pub fn f() -> i32 {\n    1\n}\n\npub fn g() {}\n' }
    const lines = (text: string | null): readonly string[] => text?.match(/.*\S.*/g) ?? []
    expect(lines((await withOwnTests(begun)).before)).toEqual(lines(file('1', 'new()')))
    expect(changesOwnTests(begun)).toBe(true)
    expect(changesOwnTests({ ...changed, before: file('1', 'new()') })).toBe(false)
  },
)
