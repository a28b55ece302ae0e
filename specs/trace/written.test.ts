import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished } from 'vitest'
import { collectTests } from '../../packages/gate-kernel/src/trace/collect.ts'
import { collectFrom } from '../../packages/gate-kernel/src/trace/written-tests.ts'
import { spec } from '../spec.ts'

const titlesIn = (source: string, file = 'x.test.ts'): string[] =>
  collectFrom(source, file).map(({ title }) => title)

spec('SYNC/NFR-001', 'a test is found however Vitest lets it be written', () => {
  const calls = [
    `test('A/B-1 plain', f)`,
    ...['only', 'fails'].map((modifier) => `it.${modifier}('A/B-1 ${modifier}', f)`),
    `test.each([1, 2])('A/B-1 each %s of %%', f)`,
    "test.each`a | b\n${1} | ${2}`('A/B-1 table $a.b', f)",
    `test.for(rows)('A/B-1 for $name', f)`,
    ...['skipIf', 'runIf'].map((when) => `it.${when}(linux).concurrent('A/B-1 ${when}', f)`),
    `test('A/B-1 ' + name + ' added', f)`,
    'test(`A/B-1 ${`in ${inner}`} nested`, f)',
  ]
  expect(titlesIn(calls.join('\n'))).toEqual([
    'A/B-1 plain',
    'A/B-1 only',
    'A/B-1 fails',
    'A/B-1 each * of %',
    'A/B-1 table *',
    'A/B-1 for *',
    'A/B-1 skipIf',
    'A/B-1 runIf',
    'A/B-1 * added',
    'A/B-1 * nested',
  ])
  // What only looks like a test: another object's method, another function, the table alone.
  const others = [`/x/.test('a')`, `suite.test('a')`, `test.extend('a', 1)`, `retest('a', f)`]
  expect(titlesIn(others.join('\n'))).toEqual([])
})

spec('SYNC/NFR-001', 'a title is what its literal stands for', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 })
  fc.assert(
    fc.property(text, (title) => {
      const quoted = JSON.stringify(title)
      const single = `'${quoted
        .slice(1, -1)
        .replaceAll(String.raw`\"`, '"')
        .replaceAll("'", String.raw`\'`)}'`
      const template = `\`${quoted
        .slice(1, -1)
        .replaceAll(String.raw`\"`, '"')
        .replaceAll('`', '\\`')
        .replaceAll('${', '\\${')}\``
      for (const literal of [quoted, single, template])
        expect(titlesIn(`test(${literal}, f)`), literal).toEqual([title])
    }),
    { numRuns: 500 },
  )
  const escapes = String.raw`'\x41\u0042\u{43}\0\v\
D'`
  expect(titlesIn(`test(${escapes}, f)`)).toEqual(['ABC\0\vD'])
})

spec(
  'SYNC/NFR-001',
  'tests are found in every kind of source, with elements in it too',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'written-'))
    onTestFinished(() => rm(root, { recursive: true }))
    await mkdir(join(root, 'specs'))
    const endings = ['ts', 'js', 'mts', 'cts', 'mjs', 'cjs', 'tsx', 'jsx']
    for (const ending of endings) {
      const element = ending.endsWith('x') ? 'const shown = <b>test("no test")</b>\n' : ''
      await writeFile(join(root, 'specs', `a.test.${ending}`), `${element}test('${ending}', f)\n`)
    }
    await writeFile(join(root, 'specs', 'types.d.mts'), `declare const x: 1\ntest('no', f)\n`)
    const found = await collectTests(root, ['specs'], [])
    expect(found.map(({ title }) => title).sort()).toEqual(endings.sort())
  },
)
