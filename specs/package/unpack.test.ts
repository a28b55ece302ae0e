import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { execa } from 'execa'
import { beforeAll, expect } from 'vitest'
import { unpackTarball } from '../../release/checks/tarball.ts'
import { spec } from '../spec.ts'

const long = `${'folder-with-a-long-name/'.repeat(12)}file-with-a-long-name.txt`
const files: Readonly<Record<string, string>> = {
  'package.json': '{"name":"tried","version":"1.0.0"}',
  'empty.txt': '',
  'a/exactly.txt': 'x'.repeat(512),
  'a/longer.txt': 'y'.repeat(70_001),
  'ünï/cödé.txt': 'in UTF-8: é\n',
  [long]: 'pax\n',
}

let folder: string
let packed: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unpack-'))
  const own = join(folder, 'own')
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(own, path)), { recursive: true })
    await writeFile(join(own, path), text)
  }
  await execa('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: own })
  packed = join(folder, 'tried-1.0.0.tgz')
  return () => rm(folder, { recursive: true })
})

async function changed(name: string, change: (bytes: Buffer) => Buffer): Promise<string> {
  const file = join(folder, `${name}.tgz`)
  await writeFile(file, gzipSync(change(gunzipSync(await readFile(packed)))))
  return file
}

spec('GATE/FR-003', 'what npm packed is unpacked byte for byte', async () => {
  const to = join(folder, 'unpacked')
  await unpackTarball(packed, to)
  const names = await readdir(to, { recursive: true, withFileTypes: true })
  expect(names.filter((one) => one.isFile())).toHaveLength(Object.keys(files).length)
  for (const [path, text] of Object.entries(files))
    expect(await readFile(join(to, path), 'utf8'), path).toBe(text)
})

/** Header fields of the first entry that holds a file, changed. */
const wrong: readonly [string, (bytes: Buffer) => Buffer][] = [
  ['ends within a file', (bytes) => bytes.subarray(0, 700)],
  ['ends where a file could begin', (bytes) => bytes.subarray(0, 1024)],
  ['leads out of its folder', (bytes) => written(bytes, 0, 'package/../../out.txt')],
  ['is absolute', (bytes) => written(bytes, 0, '/etc//passwd')],
  ['has a link', (bytes) => written(bytes, 156, '2')],
  ['has a size that is not a number', (bytes) => written(bytes, 124, 'zzz')],
]

function written(bytes: Buffer, at: number, text: string): Buffer {
  const copy = Buffer.from(bytes)
  copy.fill(0, at, at + text.length + 1)
  copy.write(text, at)
  return copy
}

for (const [what, change] of wrong)
  spec('GATE/FR-003', `a tarball is refused that ${what}`, async () => {
    const file = await changed(what.replaceAll(' ', '-'), change)
    await expect(unpackTarball(file, join(folder, 'refused', what))).rejects.toThrow()
    expect(await readdir(folder)).not.toContain('out.txt')
  })

spec('GATE/FR-003', 'a file that is not compressed is refused', async () => {
  const file = join(folder, 'plain.tgz')
  await writeFile(file, 'plain')
  await expect(unpackTarball(file, join(folder, 'plain'))).rejects.toThrow()
})
