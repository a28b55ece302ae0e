import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import { gateSourceOf } from '../../packages/gate-kernel/src/finish/gate-source.ts'
import { spec } from '../spec.ts'

let root = ''
let commit = ''
const git = (...words: string[]) =>
  execa('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.example', '-C', root, ...words])

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'own-source-'))
  await git('init', '--quiet')
  await mkdir(join(root, 'checks'))
  await mkdir(join(root, 'inner'))
  for (const file of ['checks/01-A.test.ts', 'vitest.config.ts', 'notes.md'])
    await writeFile(join(root, file), '')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'start')
  commit = (await git('rev-parse', 'HEAD')).stdout
})
afterAll(() => rm(root, { recursive: true }))

const gateIn = (folder: string) => ({
  root: folder,
  folder: 'checks',
  sources: ['vitest.config.ts'],
})

spec('GATE/FR-008', 'a gate as it was committed differs in nothing', async () => {
  await writeFile(join(root, 'notes.md'), 'not a part of it')
  expect(await gateSourceOf(gateIn(root))).toEqual({ commit, changed: [], changedCount: 0 })
})

spec('GATE/FR-008', 'changed, added and removed files of the gate are named', async () => {
  await writeFile(join(root, 'vitest.config.ts'), 'changed')
  await rm(join(root, 'checks/01-A.test.ts'))
  for (let n = 0; n < 60; n++) await writeFile(join(root, 'checks', `added ${n}.ts`), '')
  const source = await gateSourceOf(gateIn(root))
  expect(source).toMatchObject({ commit, changedCount: 62 })
  expect(source?.changed).toHaveLength(50)
  expect(source?.changed).toContain('vitest.config.ts')
  expect(source?.changed).toContain('checks/01-A.test.ts')
  expect(source?.changed).toContain('checks/added 0.ts')
})

spec('GATE/FR-008', 'another project around it is not the commit of the gate', async () => {
  expect(await gateSourceOf(gateIn(join(root, 'inner')))).toBeUndefined()
})
