import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type Files, proveQuickly } from '../../fixtures/fix-corpus/runners/quick.ts'
import { renamingHunks } from '../../packages/fix-prover/src/proving/renames.ts'
import { spec } from '../spec.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prover-properties-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A function that is wrong, what mends it, and a call that tells the two apart. */
interface Part {
  readonly name: string
  readonly wrong: string
  readonly right: string
  readonly call: string
  readonly result: string
}

interface Language {
  readonly runner: 'python' | 'node'
  readonly parts: readonly Part[]
  /** A module with some functions. */
  module(parts: readonly (readonly [name: string, body: string])[]): string
  /** A file of tests, one for each function. */
  tests(module: string, parts: readonly Part[]): string
  /** Files of a module and its tests by their names, and what else is needed. */
  place(module: string): { readonly product: string; readonly test: string; readonly more: Files }
}

const python: Language = {
  runner: 'python',
  parts: [
    ...[
      { name: 'total', wrong: 'sum(a) + 1', right: 'sum(a)', call: '([1, 2])', result: '3' },
      { name: 'most', wrong: 'a[:1]', right: 'a[:2]', call: '([1, 2, 3])', result: '[1, 2]' },
      { name: 'first', wrong: 'a[0]', right: 'a[0] if a else 0', call: '([])', result: '0' },
    ],
  ],
  module: (parts) =>
    parts.map(([name, body]) => `def ${name}(a):\n    return ${body}\n`).join('\n\n'),
  tests: (module, parts) =>
    [
      `import unittest\nimport ${module}\n\n\nclass Some(unittest.TestCase):\n    def test_nothing(self):\n        self.assertTrue(True)\n`,
      ...parts.map(
        ({ name, call, result }) =>
          `    def test_${name}(self):\n        self.assertEqual(${module}.${name}${call}, ${result})\n`,
      ),
    ].join('\n'),
  place: (module) => ({ product: `${module}.py`, test: `test_${module}.py`, more: {} }),
}

const node: Language = {
  runner: 'node',
  parts: [
    ...[
      {
        ...{ name: 'total', wrong: 'a.reduce((x, y) => x + y, 1)', call: '([1, 2])', result: '3' },
        right: 'a.reduce((x, y) => x + y, 0)',
      },
      {
        ...{ name: 'most', wrong: 'a.slice(0, 1)', right: 'a.slice(0, 2)' },
        ...{ call: '([1, 2, 3])', result: '[1, 2]' },
      },
      {
        ...{ name: 'first', wrong: 'a[0].id', right: 'a[0]?.id ?? 0' },
        ...{ call: '([])', result: '0' },
      },
    ],
  ],
  module: (parts) =>
    parts.map(([name, body]) => `export function ${name}(a) {\n  return ${body}\n}\n`).join('\n'),
  tests: (module, parts) =>
    [
      `import test from 'node:test'\nimport assert from 'node:assert/strict'\nimport * as own from '../lib/${module}.js'\n\ntest('nothing', () => {\n  assert.ok(own)\n})\n`,
      ...parts.map(
        ({ name, call, result }) =>
          `test('${name}', () => {\n  assert.deepEqual(own.${name}${call}, ${result})\n})\n`,
      ),
    ].join('\n'),
  place: (module) => ({
    product: `lib/${module}.js`,
    test: `test/${module}.test.js`,
    more: { 'package.json': '{ "type": "module" }\n' },
  }),
}

describe.each([python, node])('$runner', (language) => {
  const { runner, parts } = language
  const text = (mended: readonly Part[]): string =>
    language.module(
      parts.map((part) => [part.name, mended.includes(part) ? part.right : part.wrong]),
    )

  spec(
    'GATE/FR-002',
    `a hunk without its test is never proven, and the others stay so: ${runner}`,
    async () => {
      const { product, test, more } = language.place('shop')
      await fc.assert(
        fc.asyncProperty(fc.subarray([...parts]), async (tested) => {
          const base = { ...more, [product]: text([]) }
          const change = { [product]: text(parts), [test]: language.tests('shop', tested) }
          const { verdict, hunks, reasons } = await proveQuickly(folder, runner, base, change)
          const proven = hunks.map(({ state }) => state === 'proven')
          expect({ proven, reasons }).toMatchObject({
            proven: parts.map((part) => tested.includes(part)),
          })
          const all = tested.length === parts.length ? 'proven' : 'partly'
          expect(verdict).toBe(tested.length === 0 ? 'not proven' : all)
        }),
        { numRuns: 4, seed: 5, examples: [[[...parts]], [parts.slice(1)], [[]]] },
      )
    },
    240_000,
  )

  spec(
    'GATE/FR-002',
    `another name or folder of the files, or a move beside the change, never changes the verdict: ${runner}`,
    async () => {
      const name = fc.stringMatching(/^[a-z]{4,9}$/).map((word) => `zz_${word}`)
      const tested = fc.constantFrom<readonly Part[]>([], parts.slice(0, 1), parts)
      await fc.assert(
        fc.asyncProperty(name, name, tested, fc.boolean(), async (module, other, some, moves) => {
          fc.pre(module !== other)
          const verdicts = await Promise.all(
            ['shop', module].map(async (own) => {
              const { product, test, more } = language.place(own)
              const moved = language.place(other).product
              const beside = language.module([['beside', 'a']])
              const base: Files = { ...more, [product]: text([]), [moved]: beside }
              const left =
                moves && own === module ? { [moved]: null, [`old/${moved}`]: beside } : {}
              const change = {
                ...left,
                [product]: text(parts.slice(0, 1)),
                [test]: language.tests(own, some.slice(0, 1)),
              }
              return (await proveQuickly(folder, runner, base, change)).verdict
            }),
          )
          expect(verdicts).toEqual(Array(2).fill(some.length === 0 ? 'not proven' : 'proven'))
        }),
        { numRuns: 4, seed: 7, examples: [['zz_some', 'zz_other', parts, true]] },
      )
    },
    240_000,
  )
})

spec('GATE/FR-002', 'a hunk that renames what others see is more than a renaming', () => {
  const renames = (before: string, after: string): number => {
    const path = before.startsWith('def') ? 'a.py' : 'a.js'
    const files = [{ path, role: 'product' as const, before, after }]
    const lines = before.split('\n')
    const others = after.split('\n')
    const hunks = lines.flatMap((line, at) =>
      line === others[at]
        ? []
        : [{ id: at + 1, file: path, before: one(at + 1), after: one(at + 1) }],
    )
    return renamingHunks(files, hunks).size
  }
  const one = (first: number): { first: number; count: number } => ({ first, count: 1 })
  const both = (text: string): [string, string] => [text, text.replaceAll('old', 'young')]
  expect(renames(...both('def f(old):\n    x = 1\n    return old + x\n'))).toBe(2)
  expect(renames(...both('function f(old) {\n  let x = 1\n  return old + x\n}\n'))).toBe(2)
  expect(renames(...both('function f(a) {\n  const old = a\n  x()\n  return { old }\n}\n'))).toBe(1)
  expect(renames(...both('function f(a) {\n  x()\n  return a.old\n}\n'))).toBe(0)
  expect(renames(...both('def f(a):\n    x = 1\n    return g(old=a)\n'))).toBe(0)
  expect(renames(...both('def f(a, old, b):\n    x = 1\n    return g(a, old, b)\n'))).toBe(2)
  expect(
    renames(...both('function f(a) {\n  const old = a\n  x()\n  return g(a, { a, old, b })\n}\n')),
  ).toBe(1)
  expect(renames(...both('def f(old):\n    x = 1\n    return "old"\n'))).toBe(1)
  // Another function still uses the old name: only one of two is renamed.
  expect(renames('def f(old):\n    return old\n', 'def f(young):\n    return old\n')).toBe(0)
})
