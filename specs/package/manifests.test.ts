import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '../..')

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>
  readonly [key: string]: unknown
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest

spec('GATE/FR-004', 'every package packs what works elsewhere: compiled, with its README', () => {
  // `reporters` is at the top level, where its sources are its folder: `npm run pack` alone packs it.
  const folders = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)
  const model = manifestOf('packages/sync-engine')
  for (const folder of folders) {
    const inPlace = 'node ../../.config/pack/in-place.ts'
    const { scripts, ...manifest } = manifestOf(folder)
    expect([folder, scripts?.['prepack'], scripts?.['postpack']]).toEqual([
      folder,
      `${inPlace} before`,
      `${inPlace} after`,
    ])
    const { version, license, type, engines } = model
    expect([folder, manifest]).toEqual([
      folder,
      expect.objectContaining({ version, license, type, engines }),
    ])
    expect(manifest['description'], folder).toMatch(/\w/)
    expect(existsSync(join(root, folder, 'README.md')), folder).toBe(true)
  }
})
