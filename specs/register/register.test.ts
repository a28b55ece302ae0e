import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { requirementOfFile } from '../../src/gate/latch/tokens.ts'
import { findRequirement, gateOrder, register, requirementOf } from '../../src/gate/register.ts'
import { spec } from '../spec.ts'

const gateFolder = join(import.meta.dirname, '..', '..', 'gate')

function countOf(specName: string, kind: string): number {
  return register.filter((entry) => entry.spec === specName && entry.kind === kind).length
}

spec(['GATE/FR-001', 'GATE/C-006'], 'the order holds each id of the spec exactly once', () => {
  const all = register.filter((entry) => entry.spec === 'GATE').map((entry) => entry.id)
  expect([...gateOrder].sort()).toEqual([...all].sort())
  expect(gateOrder).toHaveLength(28)
})

spec(
  ['BOUNDARY/FR-001', 'SYNC/T001'],
  'the register has as many entries as the three specs',
  () => {
    const kinds = ['FR', 'NFR', 'C', 'SC', 'D', 'T']
    expect(kinds.map((kind) => countOf('GATE', kind))).toEqual([15, 5, 8, 0, 0, 0])
    expect(kinds.map((kind) => countOf('BOUNDARY', kind))).toEqual([13, 4, 6, 6, 6, 0])
    expect(kinds.map((kind) => countOf('SYNC', kind))).toEqual([19, 6, 8, 11, 0, 77])
  },
)

spec('GATE/FR-001', 'every entry says its requirement in one line, and no two say the same', () => {
  const texts = register.map((entry) => entry.text)
  for (const text of texts) expect(text).toMatch(/^[^\n]{20,100}\.$/)
  expect(new Set(texts).size).toBe(texts.length)
})

spec('GATE/FR-001', 'looking up text that is no id finds nothing', () => {
  expect(findRequirement('GATE/FR-999')).toBeUndefined()
  expect(requirementOf('SYNC/T049').text).toContain('bytes unchanged')
})

spec(
  'GATE/FR-001',
  'each requirement has one gate file, numbered by its place in the order',
  async () => {
    const files = (await readdir(gateFolder)).filter((name) => name.endsWith('.test.ts')).sort()
    expect(files.map(requirementOfFile)).toEqual([...gateOrder])
    for (const [place, file] of files.entries()) {
      expect(Number(file.slice(0, 2)), file).toBe(place + 1)
    }
  },
)
