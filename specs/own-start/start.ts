import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { execa } from 'execa'
import { startFiles } from '../../packages/canary-gate/src/init/files.ts'

export const checkout = join(import.meta.dirname, '..', '..')
const modules = join(checkout, 'node_modules')

/** A project with the gate that `canary-gate init` writes. */
export function withStart(body: (folder: string) => Promise<void>): Promise<void> {
  return withProject(startFiles, body)
}

/** A project as docs/your-own-gate.md asks for, with the packages linked instead of installed. */
export async function withProject(
  own: Readonly<Record<string, string>>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'own-start-'))
  try {
    await symlink(modules, join(folder, 'node_modules'))
    const manifest = { name: 'my-project', version: '1.2.0', type: 'module' }
    const files = { ...own, 'package.json': JSON.stringify(manifest) }
    for (const [path, text] of Object.entries({
      ...files,
      'CHANGELOG.md': '# Changes\n\n## 1.2.0\n\nThe first.\n',
    })) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    await body(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What a shell says to a command line in a folder. */
export async function typed(
  folder: string,
  commands: string,
): Promise<{ readonly code: number | undefined; readonly output: string }> {
  const { HOME = folder, PATH = '' } = process.env
  const env = { HOME, PATH: `${join(modules, '.bin')}${delimiter}${PATH}`, NO_COLOR: '1' }
  const options = { cwd: folder, env, extendEnv: false, reject: false, all: true } as const
  const { exitCode, all } = await execa('sh', ['-ec', commands], { ...options, stdin: 'ignore' })
  return { code: exitCode, output: all }
}
