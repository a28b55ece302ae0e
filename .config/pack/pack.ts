// `npm run pack -- <folder> [<package>...]`: writes the tarballs of the named packages (all without a
// name) into the folder, and their paths to standard output.
import { mkdtemp, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { compile } from './build.ts'
import { packagesOf } from './contents.ts'
import { stage } from './stage.ts'

const root = resolve(import.meta.dirname, '../..')
const [to = 'tarballs', ...named] = process.argv.slice(2)
const target = resolve(to)
const folders = named.length > 0 ? named : [...packagesOf(root).values()]

const work = await mkdtemp(join(tmpdir(), 'pack-'))
try {
  await mkdir(target, { recursive: true })
  await compile(root, join(work, 'built'))
  for (const folder of folders) {
    const staged = join(work, folder)
    await mkdir(staged)
    await stage(root, join(work, 'built'), folder, staged)
    const words = ['pack', staged, '--pack-destination', target, '--json', '--ignore-scripts']
    const { stdout } = await execa('npm', words, { cwd: root })
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
    process.stdout.write(`${join(target, filename)}\n`)
  }
} finally {
  await rm(work, { recursive: true })
}
