import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { gate } from '../../gate/gate.ts'
import { requirementOfFile } from '../../packages/gate-kernel/src/definition/files.ts'
import { findIn } from '../../packages/gate-kernel/src/trace/register.ts'
import { register } from '../register.ts'
import { spec } from '../spec.ts'

const gateFolder = join(import.meta.dirname, '..', '..', 'gate')
const find = findIn(register)

function countOf(specName: string, kind: string): number {
  return register.filter(({ id }) => new RegExp(`^${specName}/${kind}-?\\d`).test(id)).length
}

spec(['GATE/FR-001', 'GATE/C-006'], 'the order holds each id of the spec exactly once', () => {
  const all = register.filter(({ id }) => id.startsWith('GATE/')).map(({ id }) => id)
  expect([...gate.order].sort()).toEqual([...all].sort())
  expect(gate.order).toHaveLength(28)
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

spec('GATE/FR-001', 'looking up text that is not an id finds nothing', () => {
  expect(find('GATE/FR-999')).toBeUndefined()
  expect(find('SYNC/T049')?.text).toContain('bytes unchanged')
})

spec(
  'GATE/FR-001',
  'each requirement has one file, and a folder listing shows the order of the table',
  async () => {
    const files = (await readdir(gateFolder)).filter((name) => name.endsWith('.test.ts')).sort()
    expect(files.map((file) => requirementOfFile(gate.order, file))).toEqual([...gate.order])
  },
)
