import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Register } from './register.ts'
import type { WrittenTest } from './title.ts'

/**
 * All tests of some folders below `root`, in order of file and line.
 *
 * @param register gives a requirement its title: a gate file names it by its id alone
 */
export async function collectTests(
  root: string,
  folders: readonly string[],
  register: Register,
): Promise<WrittenTest[]> {
  // With its parser; only a trace needs it.
  const { collectFrom } = await import('./written-tests.ts')
  const files = (await Promise.all(folders.map((folder) => sourcesIn(join(root, folder))))).flat()
  const tests = files.sort().map(async (file) => {
    const source = await readFile(file, 'utf8')
    return collectFrom(source, relative(root, file), register)
  })
  return (await Promise.all(tests)).flat()
}

async function sourcesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name) && !DECLARATIONS.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !DEFINITIONS.some((definition) => file.endsWith(definition)))
}

const SOURCE = /\.[cm]?[jt]sx?$/
const DECLARATIONS = /\.d\.[cm]?ts$/

// Defines the function by which specs are written; it writes none itself.
const DEFINITIONS: readonly string[] = [join('specs', 'spec.ts')]
