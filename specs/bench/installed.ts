import { mkdir, mkdtemp } from 'node:fs/promises'
import { rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from '../../.config/pack/build.ts'
import { stage } from '../../.config/pack/stage.ts'

const ROOT = join(import.meta.dirname, '../..')

let built: Promise<string> | undefined

/**
 * A package as an installation has it: what its tarball holds, with the libraries of this checkout.
 * Compiled once in a run.
 * @returns the path of its program
 */
export async function installedProgram(
  name: 'spec-kitty' | 'canary-gate' = 'spec-kitty',
): Promise<string> {
  built ??= buildAll()
  return join(await built, name, 'packages', name, 'bin', `${name}.js`)
}

async function buildAll(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'installed-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await compile(ROOT, join(folder, 'built'))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  for (const name of ['spec-kitty', 'canary-gate']) {
    await mkdir(join(folder, name))
    await stage(ROOT, join(folder, 'built'), name, join(folder, name))
  }
  return folder
}
