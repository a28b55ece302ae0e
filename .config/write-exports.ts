// `npm run exports [-- <folder of tarballs>]`: writes release/exports.txt, the public exports of the last
// release, with which the next one is compared. Run it when a release is out.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { globSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { exportsOf } from '../release/checks/exports.ts'

const root = resolve(import.meta.dirname, '..')
const work = await mkdtemp(join(tmpdir(), 'exports-'))
try {
  const [given] = process.argv.slice(2)
  const tarballs = resolve(given ?? join(work, 'tarballs'))
  if (given === undefined)
    await execa(process.execPath, [join(root, '.config', 'pack', 'pack.ts'), tarballs])
  const lines: string[] = []
  for (const file of globSync('*.tgz', { cwd: tarballs }).sort()) {
    await execa('tar', ['-xzf', join(tarballs, file), '-C', work])
    const folder = join(work, 'package')
    const { name } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      name: string
    }
    lines.push(...(await exportsOf(name, folder)))
    await rm(folder, { recursive: true })
  }
  await writeFile(join(root, 'release', 'exports.txt'), `${lines.sort().join('\n')}\n`)
} finally {
  await rm(work, { recursive: true })
}
