import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { expect, onTestFinished } from 'vitest'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const builder = pathToFileURL(join(root, 'fixtures', 'candidates', 'index.ts')).href
const engine = pathToFileURL(join(import.meta.dirname, 'tiny-engine.ts')).href
const build = (cache: string): string => `
const { buildWheel } = await import(${JSON.stringify(builder)})
const { TINY_ENGINE } = await import(${JSON.stringify(engine)})
console.log((await buildWheel({ version: '3.2.0rc16', engine: TINY_ENGINE }, ${JSON.stringify(cache)})).sha256)`

async function newCache(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wheels-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'wheels')
}

async function digestOfBuild(cache: string): Promise<string> {
  const words = ['--input-type=module', '-e', build(cache)]
  const { stdout } = await execa(process.execPath, words, { cwd: root })
  return stdout
}

spec('GATE/FR-003', 'built wheels are kept per user, where nobody else can write', async () => {
  const cache = await newCache()
  const digest = await digestOfBuild(cache)
  expect((await stat(cache)).mode & 0o077).toBe(0)
  expect((await readdir(cache)).length).toBe(2)
  expect(await digestOfBuild(cache)).toBe(digest)
})

spec('GATE/FR-003', 'a cache that is not ours, or cannot be one, is passed by', async () => {
  const open = await newCache()
  await mkdir(open)
  await chmod(open, 0o777)
  expect(await digestOfBuild(open)).toMatch(/^[0-9a-f]{64}$/)
  expect(await readdir(open)).toEqual([])

  const blocked = await newCache()
  await writeFile(blocked, '')
  expect(await digestOfBuild(blocked)).toMatch(/^[0-9a-f]{64}$/)
})
