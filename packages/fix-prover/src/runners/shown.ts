import { readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunRequest } from './runner.ts'

/**
 * Writes what the disk is to say while another text runs. The files stay as old as they were, so that nothing
 * compiles them again.
 *
 * @returns full path → the text that runs
 */
export async function showOnDisk({
  tree,
  shown = new Map(),
}: Pick<RunRequest, 'tree' | 'shown'>): Promise<ReadonlyMap<string, string>> {
  const running = await Promise.all(
    [...shown].map(async ([path, text]) => {
      const file = join(tree, path)
      const [now, { atime, mtime }] = await Promise.all([readFile(file, 'utf8'), stat(file)])
      await writeFile(file, text)
      await utimes(file, atime, mtime)
      return [file, now] as const
    }),
  )
  return new Map(running)
}
