import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { clearFolder } from '../../fixtures/rehearsal/clear.ts'
import { gate } from '../../gate/gate.ts'
import { gateDigest } from '../../packages/gate-kernel/src/resume/gate-digest.ts'
import { ownPackages } from '../../packages/gate-kernel/src/resume/own-packages.ts'
import { spec } from '../spec.ts'

spec(
  'GATE/FR-008',
  'any edited, added or removed file of the gate changes its digest',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'resume-'))
    try {
      const at = (...path: string[]): string => join(root, ...path)
      for (const folder of ['gate', 'reporters', 'packages']) {
        await mkdir(at(folder), { recursive: true })
        await writeFile(at(folder, 'a.ts'), 'a')
      }
      const digests = [
        await gateDigest({ root, folder: 'gate', sources: ['reporters', 'packages'] }),
      ]
      for (const folder of ['gate', 'reporters', 'packages']) {
        await writeFile(at(folder, 'a.ts'), 'b')
        digests.push(await gateDigest({ root, folder: 'gate', sources: ['reporters', 'packages'] }))
        await writeFile(at(folder, 'b.ts'), 'b')
        digests.push(await gateDigest({ root, folder: 'gate', sources: ['reporters', 'packages'] }))
        await rm(at(folder, 'a.ts'))
        digests.push(await gateDigest({ root, folder: 'gate', sources: ['reporters', 'packages'] }))
      }
      expect(new Set(digests).size).toBe(digests.length)
    } finally {
      await clearFolder(root)
    }
  },
)

spec(
  'GATE/FR-008',
  'each package that the gate rests on is a part of its digest, however it comes to be needed',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'resume-'))
    try {
      const needs: Readonly<Record<string, readonly string[]>> = {
        ...{ 'canary-gate': ['@canary-gate/phase4-gate'], '@canary-gate/phase4-gate': ['zod'] },
        '@canary-gate/gate-kernel': ['@canary-gate/documents'],
        '@canary-gate/documents': [],
        ...{ '@canary-gate/reporters': [], '@canary-gate/stranger': [], zod: [] },
      }
      const fileOf = (name: string): string => join(root, 'node_modules', name, 'index.js')
      for (const [name, needed] of Object.entries(needs)) {
        await mkdir(join(root, 'node_modules', name), { recursive: true })
        const dependencies = Object.fromEntries(needed.map((one) => [one, '1.0.0']))
        const manifest = join(root, 'node_modules', name, 'package.json')
        await writeFile(manifest, JSON.stringify({ name, dependencies }))
        await writeFile(fileOf(name), 'a')
      }
      await mkdir(join(root, 'gate'))
      const digest = () => gateDigest({ root, folder: 'gate', sources: [] })
      const first = await digest()
      const noticed: string[] = []
      for (const name of Object.keys(needs)) {
        await writeFile(fileOf(name), 'b')
        if ((await digest()) !== first) noticed.push(name)
        await writeFile(fileOf(name), 'a')
      }
      expect(noticed).toStrictEqual(Object.keys(needs).filter((name) => !name.includes('stranger')))
      await rm(join(root, 'node_modules', '@canary-gate', 'documents'), { recursive: true })
      expect(await digest()).not.toBe(first)
    } finally {
      await clearFolder(root)
    }
  },
)

spec(
  'GATE/FR-008',
  'no package of this checkout that the gate can reach is left out of its digest',
  async () => {
    const names = (await ownPackages(gate.root)).map(({ name, folder }) => {
      return folder === undefined ? `${name} is absent` : name
    })
    expect(names).toStrictEqual([
      ...['@canary-gate/documents', '@canary-gate/fix-prover', '@canary-gate/gate-kernel'],
      ...['@canary-gate/phase4-gate', '@canary-gate/programs', '@canary-gate/reporters'],
      'canary-gate',
    ])
  },
)
