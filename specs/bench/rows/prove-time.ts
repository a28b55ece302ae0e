import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { proveQuickly } from '../../../fixtures/fix-corpus/runners/quick.ts'
import { median, type BenchRow } from '../row.ts'

const ROUNDS = 5
const TEST_MS = 2_000
const source = (bound: string): string => `export function clamp(x, high) {\n  return ${bound}\n}\n`
const test = `import test from 'node:test'
import assert from 'node:assert/strict'
import { clamp } from './clamp.js'

test('keeps the bound', async () => {
  await new Promise((resolve) => setTimeout(resolve, ${TEST_MS}))
  assert.equal(clamp(9, 5), 5)
})
`

export const row: BenchRow = {
  name: 'canary-gate prove, mutants apart, beside twice the time of its changed tests and 5 s',
  unit: 'times that time',
  bar: { atMost: 1 },
  inTheWay:
    'a verdict needs more than two runs of the tests: both trees twice, the change taken back, and an error at its lines',
  measure: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'prove-time-'))
    const ratios: number[] = []
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const base = { 'package.json': '{ "type": "module" }\n', 'clamp.js': source('x') }
        const change = { 'clamp.js': source('Math.min(x, high)'), 'clamp.test.js': test }
        const { verdict, seconds } = await proveQuickly(folder, 'node', base, change)
        if (verdict !== 'proven') throw new Error(verdict)
        ratios.push(seconds.total / (2 * seconds.tests + 5))
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    return median(ratios)
  },
}
