import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished } from 'vitest'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')

/**
 * What `npm install <tarball>` makes, without a network: the unpacked package, and its dependencies
 * as this checkout has them.
 */
async function installElsewhere(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'package-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await execa('npm', ['pack', '--pack-destination', folder], { cwd: root })
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? ''
  await execa('tar', ['xzf', tarball], { cwd: folder })
  const modules = join(folder, 'node_modules')
  await mkdir(modules)
  for (const name of await dependencyFolders()) {
    if (name === 'canary-gate') continue
    await symlink(join(root, 'node_modules', name), join(modules, name))
  }
  await rename(join(folder, 'package'), join(modules, 'canary-gate'))
  return folder
}

async function dependencyFolders(): Promise<string[]> {
  return (await readdir(join(root, 'node_modules'))).filter((name) => !name.startsWith('.'))
}

spec(
  ['GATE/FR-004', 'BOUNDARY/C-004'],
  'the packed package holds what its programs need, and they run elsewhere',
  async () => {
    const folder = await installElsewhere()
    const installed = join(folder, 'node_modules', 'canary-gate')
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
      version: string
      bin: Record<string, string>
    }
    for (const [name, file] of Object.entries(manifest.bin)) {
      const program = join(installed, file)
      const { stdout } = await execa(process.execPath, [program, '--version'], { cwd: folder })
      expect(stdout, name).toContain(manifest.version)
      const help = await execa(process.execPath, [program, '--help'], { cwd: folder })
      expect(help.stdout, name).toContain(`Usage: ${name}`)
    }
    const typescript = await readdir(installed, { recursive: true })
    expect(typescript.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([])
    const entry = `import('canary-gate/sync').then((sync) => console.log(Object.keys(sync).length > 0))`
    const library = await execa(process.execPath, ['--input-type=module', '-e', entry], {
      cwd: folder,
    })
    expect(library.stdout).toBe('true')
  },
  120_000,
)
