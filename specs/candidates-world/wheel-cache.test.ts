import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { expect, onTestFinished } from 'vitest'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const builder = pathToFileURL(join(root, 'fixtures', 'candidates', 'index.ts')).href
const engine = pathToFileURL(join(import.meta.dirname, 'tiny-engine.ts')).href
const build = `
const { buildWheel } = await import(${JSON.stringify(builder)})
const { TINY_ENGINE } = await import(${JSON.stringify(engine)})
console.log((await buildWheel({ version: '3.2.0rc16', engine: TINY_ENGINE })).sha256)`

/** A temporary folder as the whole machine shares it, and where a build keeps its wheels in it. */
async function sharedFolder(): Promise<{ folder: string; cache: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'shared-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return { folder, cache: join(folder, `canary-gate-wheels-${userInfo().uid}`) }
}

async function digestOfBuild(folder: string): Promise<string> {
  const words = ['--input-type=module', '-e', build]
  const { stdout } = await execa(process.execPath, words, { cwd: root, env: { TMPDIR: folder } })
  return stdout
}

spec('GATE/FR-003', 'built wheels are kept per user, where nobody else can write', async () => {
  const { folder, cache } = await sharedFolder()
  const digest = await digestOfBuild(folder)
  expect((await stat(cache)).mode & 0o077).toBe(0)
  expect((await readdir(cache)).length).toBe(2)
  expect(await digestOfBuild(folder)).toBe(digest)
})

spec('GATE/FR-003', 'a cache that is not ours, or cannot be one, is passed by', async () => {
  const open = await sharedFolder()
  await mkdir(open.cache)
  await chmod(open.cache, 0o777)
  expect(await digestOfBuild(open.folder)).toMatch(/^[0-9a-f]{64}$/)
  expect(await readdir(open.cache)).toEqual([])

  const blocked = await sharedFolder()
  await writeFile(blocked.cache, '')
  expect(await digestOfBuild(blocked.folder)).toMatch(/^[0-9a-f]{64}$/)
})
