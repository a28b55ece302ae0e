import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { execa } from 'execa'

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
 */
export async function writeRecord(
  file: string,
  all: number,
  results: readonly RecordedResult[],
): Promise<void> {
  const commit = await git('rev-parse', 'HEAD')
  // Pages of figures are written by what is recorded here.
  const status = await git('status', '--porcelain', '--', '.', ':!docs')
  const changed = status.split('\n').filter((line) => line !== '').length
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify({ commit, changed, all, results }, null, 2)}\n`)
}

async function git(...words: string[]): Promise<string> {
  return (await execa('git', words, { cwd: import.meta.dirname, stdin: 'ignore' })).stdout.trim()
}
