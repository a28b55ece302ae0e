import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { firstUnproven, requirementOfFile, writePassToken } from '../../src/gate/latch/tokens.ts'
import { gateOrder } from '../../src/gate/register.ts'
import { spec } from '../spec.ts'

async function runFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latch-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

const now = new Date()

spec('GATE/FR-008', 'the first requirement may begin without any token', async () => {
  expect(await firstUnproven(await runFolder(), gateOrder[0])).toBeUndefined()
})

spec('GATE/FR-008', 'a requirement may begin only when all before it left a token', async () => {
  const folder = await runFolder()
  const [first, second, third, fourth] = gateOrder
  await writePassToken(folder, first, now)
  await writePassToken(folder, third, now)
  expect(await firstUnproven(folder, second)).toBeUndefined()
  expect(await firstUnproven(folder, fourth)).toBe(second)
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
  expect(requirementOfFile('gate/02-FR-001-blockers.test.ts')).toBe('GATE/FR-001')
  expect(requirementOfFile('/a/b/gate/06-NFR-004-traceable.test.ts')).toBe('GATE/NFR-004')
  expect(requirementOfFile('gate/99-FR-099-unknown.test.ts')).toBeUndefined()
  expect(requirementOfFile('gate/FR-001.test.ts')).toBeUndefined()
})
