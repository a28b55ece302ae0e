import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { firstUnproven, writePassToken } from '../../packages/gate-kernel/src/latch/tokens.ts'
import { gate } from '../../gate/gate.ts'
import { requirementOfFile } from '../../packages/gate-kernel/src/definition/files.ts'
import { spec } from '../spec.ts'

async function runFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latch-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

const now = new Date()

spec('GATE/FR-008', 'the first requirement may begin without any token', async () => {
  expect(
    await firstUnproven<string>(gate.order, await runFolder(), gate.order[0] ?? ''),
  ).toBeUndefined()
})

spec('GATE/FR-008', 'a requirement may begin only when all before it left a token', async () => {
  const folder = await runFolder()
  const [first = '', second = '', third = '', fourth = ''] = gate.order as readonly string[]
  await writePassToken(folder, first, now)
  await writePassToken(folder, third, now)
  expect(await firstUnproven<string>(gate.order, folder, second)).toBeUndefined()
  expect(await firstUnproven<string>(gate.order, folder, fourth)).toBe(second)
})

spec(
  'GATE/FR-008',
  'a second token for one requirement is an error, not a repetition',
  async () => {
    const folder = await runFolder()
    await writePassToken(folder, 'GATE/FR-001', now)
    await expect(writePassToken(folder, 'GATE/FR-001', now)).rejects.toThrow(/EEXIST/)
  },
)

spec('GATE/FR-008', 'a file belongs to the requirement its name says, or to none', () => {
  expect(requirementOfFile(gate.order, 'gate/02-FR-001-blockers.test.ts')).toBe('GATE/FR-001')
  expect(requirementOfFile(gate.order, '/a/b/gate/06-NFR-004-traceable.test.ts')).toBe(
    'GATE/NFR-004',
  )
  expect(requirementOfFile(gate.order, 'gate/99-FR-099-unknown.test.ts')).toBeUndefined()
  expect(requirementOfFile(gate.order, 'gate/FR-001.test.ts')).toBeUndefined()
})

spec(
  'GATE/FR-008',
  'a number in a file name is not needed, and says nothing about the order',
  () => {
    expect(requirementOfFile(gate.order, 'gate/FR-001-blockers.test.ts')).toBe('GATE/FR-001')
    expect(requirementOfFile(gate.order, 'gate/77-FR-001-blockers.test.ts')).toBe('GATE/FR-001')
  },
)

spec('GATE/FR-008', 'of two ids that a file name begins with, the longer one is meant', () => {
  const order = ['R/FR-1', 'R/FR-1-late']
  expect(requirementOfFile(order, '01-FR-1-late-closing.test.ts')).toBe('R/FR-1-late')
  expect(requirementOfFile(order, '01-FR-1-closing.test.ts')).toBe('R/FR-1')
})
