import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type Files, proveQuickly } from '../../fixtures/fix-corpus/runners/quick.ts'
import { spec } from '../spec.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prover-execution-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Language {
  readonly runner: 'python' | 'node'
  readonly base: Files
  readonly fixed: Files
  readonly testFile: string
  /** A whole test file around the body of one test. */
  readonly test: (body: string) => string
  /** A body → the verdict; none of the first ones may be a proof. */
  readonly cases: readonly (readonly [what: string, body: string, verdict: string])[]
}

const python: Language = {
  runner: 'python',
  base: {
    'shop.py':
      'LIMIT = 3\n\n\ndef total(a):\n    return sum(a) + 1\n\n\ndef most(a):\n    return a[:LIMIT]\n',
  },
  fixed: {
    'shop.py':
      'LIMIT = 4\n\n\ndef total(a):\n    # all of them\n    return sum(a)\n\n\ndef most(a):\n    return a[:LIMIT]\n\n\ndef least(a):\n    return min(a)\n',
  },
  testFile: 'test_shop.py',
  test: (body) =>
    `import inspect\nimport unittest\nimport shop\n\n\nclass Shop(unittest.TestCase):\n    def test_it(self):\n${body.replace(/^/gm, '        ')}\n`,
  cases: [
    [
      'a word in the text of the file',
      'self.assertIn("LIMIT = 4", open("shop.py").read())',
      'not proven',
    ],
    [
      'a word in the text of a function',
      'self.assertNotIn("+ 1", inspect.getsource(shop.total))',
      'not proven',
    ],
    [
      'a comment in the text',
      'self.assertIn("# all of them", inspect.getsource(shop))',
      'not proven',
    ],
    [
      'the whole text',
      'self.assertEqual(len(open("shop.py").read().splitlines()), 14)',
      'not proven',
    ],
    [
      'the text, and calls the code, too',
      'shop.total([1])\nself.assertIn("return min(a)", open("shop.py").read())',
      'not proven',
    ],
    ['a name with hasattr', 'self.assertTrue(hasattr(shop, "least"))', 'cannot tell'],
    ['a name in dir()', 'self.assertIn("least", dir(shop))', 'cannot tell'],
    [
      'whether a name can be called',
      'self.assertTrue(callable(getattr(shop, "least", None)))',
      'cannot tell',
    ],
    ['what comes back', 'self.assertEqual(shop.total([1, 2]), 3)', 'partly'],
    [
      'what comes back by a constant',
      'self.assertEqual(shop.most([1, 2, 3, 4, 5]), [1, 2, 3, 4])',
      'partly',
    ],
  ],
}

const node: Language = {
  runner: 'node',
  base: {
    'package.json': '{ "type": "module" }\n',
    'shop.js':
      'const LIMIT = 3\n\nexport function total(a) {\n  return a.reduce((x, y) => x + y, 1)\n}\n\nexport function most(a) {\n  return a.slice(0, LIMIT)\n}\n',
  },
  fixed: {
    'shop.js':
      'const LIMIT = 4\n\nexport function total(a) {\n  // all of them\n  return a.reduce((x, y) => x + y, 0)\n}\n\nexport function most(a) {\n  return a.slice(0, LIMIT)\n}\n\nexport function least(a) {\n  return Math.min(...a)\n}\n',
  },
  testFile: 'shop.test.js',
  test: (body) =>
    `import test from 'node:test'\nimport assert from 'node:assert/strict'\nimport { readFileSync } from 'node:fs'\nimport * as shop from './shop.js'\n\ntest('it', () => {\n${body.replace(/^/gm, '  ')}\n})\n`,
  cases: [
    [
      'a word in the text of the file',
      "assert.match(readFileSync('shop.js', 'utf8'), /LIMIT = 4/)",
      'not proven',
    ],
    [
      'a word in the text of a function',
      'assert.doesNotMatch(shop.total.toString(), /, 1/)',
      'not proven',
    ],
    [
      'the whole text',
      "assert.equal(readFileSync('shop.js', 'utf8').split('\\n').length, 15)",
      'not proven',
    ],
    [
      'the text, and calls the code, too',
      "shop.total([1])\nassert.match(readFileSync('shop.js', 'utf8'), /Math.min/)",
      'not proven',
    ],
    ['the type of a function', "assert.equal(typeof shop.least, 'function')", 'cannot tell'],
    ['a name with in', "assert.ok('least' in shop)", 'cannot tell'],
    [
      'the list of names',
      "assert.deepEqual(Object.keys(shop), ['least', 'most', 'total'])",
      'cannot tell',
    ],
    ['what comes back', 'assert.equal(shop.total([1, 2]), 3)', 'partly'],
    [
      'what comes back by a constant',
      'assert.deepEqual(shop.most([1, 2, 3, 4, 5]), [1, 2, 3, 4])',
      'partly',
    ],
  ],
}

describe.each([python, node])('$runner', ({ runner, base, fixed, testFile, test, cases }) => {
  for (const [what, body, expected] of cases)
    spec(
      'GATE/FR-002',
      `a test in ${runner} that looks at ${what} makes a change ${expected}`,
      async () => {
        const report = await proveQuickly(folder, runner, base, {
          ...fixed,
          [testFile]: test(body),
        })
        const { verdict, hunks, reasons } = report
        expect({ verdict, reasons }).toMatchObject({ verdict: expected })
        const proven = hunks.filter(({ state }) => state === 'proven')
        expect(proven.length, JSON.stringify(hunks)).toBe(expected === 'partly' ? 1 : 0)
      },
      60_000,
    )
})
