import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A dry run proves everything and writes nothing to GitHub. The mark lies in the run folder, because
 * every requirement runs in a process of its own and none may overlook it.
 */
export async function markDryRun(runFolder: string): Promise<void> {
  await writeFile(markOf(runFolder), 'nothing is written to GitHub in this run\n')
}

/** True if nothing may be written to GitHub in this run. */
export async function isDryRun(runFolder: string): Promise<boolean> {
  return access(markOf(runFolder)).then(
    () => true,
    () => false,
  )
}

function markOf(runFolder: string): string {
  return join(runFolder, 'dry-run')
}
