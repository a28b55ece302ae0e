import { execa } from 'execa'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

let installed: Promise<string> | undefined

/**
 * The package as an installation has it: built modules, no TypeScript sources. Built once in a run.
 * @returns the path of one of its programs
 */
export async function installedProgram(
  name: 'spec-kitty' | 'canary-gate' = 'spec-kitty',
): Promise<string> {
  installed ??= install()
  return join(await installed, 'src/bin', `${name}.js`)
}

async function install(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'installed-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const config = join(ROOT, '.config/tsconfig.build.json')
  const dist = join(folder, 'dist')
  await execa(process.execPath, [tsc, '-p', config, '--outDir', dist])
  await execa(process.execPath, [join(ROOT, '.config/bundle-program.ts'), dist])
  cpSync(join(ROOT, 'src/gate'), join(dist, 'src/gate'), {
    recursive: true,
    filter: (source) => !source.endsWith('.ts'),
  })
  cpSync(join(ROOT, 'src/bin'), join(folder, 'src/bin'), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return folder
}
