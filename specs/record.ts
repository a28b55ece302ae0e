import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'

const checkout = join(import.meta.dirname, '..')

/** What became of one row: null if it is as it should be. */
export interface RecordedResult {
  readonly name: string
  readonly problem: string | null
}

/**
 * Writes the results of a table (benchmarks, fault matrix) with the commit that they are of; the release
 * gate reads them.
 *
 * @param all how many rows the table has
 * @param root the checkout whose commit was tried
 */
export async function writeRecord(
  file: string,
  all: number,
  results: readonly RecordedResult[],
  root = checkout,
): Promise<void> {
  const commit = (await git(root, 'rev-parse', 'HEAD')).trim()
  const changed = await changedFiles(root)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify({ commit, changed, all, results }, null, 2)}\n`)
}

/** How many files differ from the commit, or are new in a folder of the project. */
async function changedFiles(root: string): Promise<number> {
  const top = linesOf(await git(root, 'ls-tree', '--name-only', 'HEAD'))
  // Pages of figures are written by what is recorded here.
  const deciding = top.filter((name) => name !== 'docs')
  const words = ['status', '--porcelain', '--no-renames', '--untracked-files=all']
  return linesOf(await git(root, ...words, '--', ...deciding)).length
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

async function git(root: string, ...words: string[]): Promise<string> {
  const plain = ['-c', 'core.fileMode=false', '-c', 'core.quotePath=false']
  return (await execa('git', [...plain, ...words], { cwd: root, stdin: 'ignore' })).stdout
}
