import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { heldOutHistories } from '../../fixtures/fix-corpus/histories/held-out.ts'
import { proveQuickly } from '../../fixtures/fix-corpus/runners/quick.ts'
import { undeclared } from '../../packages/fix-prover/src/proving/declared.ts'
import { spec } from '../spec.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'declared-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Histories that look at a declaration, and those whose change is one, by what is new about them. */
const played = [
  'asks for its parameter',
  'asks for its document string',
  'asks which names the function uses',
  'asks how many parameters it has',
  'a method becomes a property',
  'an error gets another base class',
  'setUpClass raised in the product',
  'a function moves to another file and is mended',
]

describe.each(played)('%s', (title) => {
  const history = heldOutHistories.find(({ name }) => name.endsWith(title))
  spec(
    'GATE/FR-002',
    `what a function does proves a change, how it is declared does not: ${title}`,
    async () => {
      const { name = '', base = {}, change = {}, verdict } = history ?? {}
      const files = Object.fromEntries(
        Object.entries(base).flatMap(([path, text]) => (text === null ? [] : [[path, text]])),
      )
      const runner = name.startsWith('node:test') ? 'node' : 'python'
      const report = await proveQuickly(folder, runner, files, change)
      expect({ verdict: report.verdict, reasons: report.reasons }).toMatchObject({ verdict })
    },
    120_000,
  )
})

const heads: readonly (readonly [line: string, name: string])[] = [
  ['export function clamp(x, high) {', 'clamp'],
  ['export async function* rows(from) {', 'rows'],
  ['export const clamp = (x, high) => x', 'clamp'],
  ['exports.clamp = function (x, high) {', 'Reflect.get(exports, "clamp")'],
  ['module.exports = (x, high) => x', 'Reflect.get(module, "exports")'],
  ['Queue.prototype.push = function (row) {', 'Reflect.get(Queue.prototype, "push")'],
  ['class Queue {\n  push(row) {\n    return row\n  }\n}', 'Reflect.get(Queue.prototype, "push")'],
  ['export class Queue {\n  static of(row) {\n    return row\n  }\n}', 'Reflect.get(Queue, "of")'],
]

spec(
  'GATE/FR-002',
  'each form of a function in JavaScript gets another number of parameters',
  () => {
    for (const [text, name] of heads) {
      const lines = text.split('\n')
      const [at, number] = lines.length === 1 ? [1, 1] : [2, 2]
      const after = lines.length > 1 || !text.endsWith('{') ? text : `${text}\n  return x\n}`
      const file = { path: 'core.js', role: 'product', before: '', after } as const
      const hunk = {
        id: 1,
        file: 'core.js',
        before: { first: 1, count: 0 },
        after: { first: at, count: number - at + 1 },
      }
      expect(undeclared([file], [hunk]).get('core.js')).toContain(
        `Object.defineProperty(${name}, "length"`,
      )
    }
  },
)

spec('GATE/FR-002', 'lines inside of a function say nothing of its declaration', () => {
  const after = 'export function clamp(x, high) {\n  if (x > high) {\n    return high\n  }\n}\n'
  const file = { path: 'core.js', role: 'product', before: '', after } as const
  const hunk = {
    id: 1,
    file: 'core.js',
    before: { first: 1, count: 0 },
    after: { first: 2, count: 2 },
  }
  const text = undeclared([file], [hunk]).get('core.js') ?? ''
  expect(text).not.toMatch(/"(?:length|name)"/)
  expect(text).toContain('Object.defineProperty(clamp, "toString"')
})
