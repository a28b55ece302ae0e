import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The positive latch. A requirement may begin only if every earlier one left a pass token, and a
 * token is written only for a module that demonstrably passed. Stopping on failure alone would not
 * do: an import error, an empty file or a killed worker ends no run, and later files would pass.
 */

/** Records that a requirement passed. */
export async function writePassToken(runFolder: string, id: string, now: Date): Promise<void> {
  await mkdir(join(runFolder, 'tokens'), { recursive: true })
  await writeFile(tokenOf(runFolder, id), `${now.toISOString()}\n`, { flag: 'wx' })
}

/** Records that the run goes on in spite of a requirement's stop: later ones may begin. */
export async function writeWaivedToken(runFolder: string, id: string, now: Date): Promise<void> {
  await mkdir(join(runFolder, 'tokens'), { recursive: true })
  await writeFile(tokenOf(runFolder, id, 'waived'), `${now.toISOString()}\n`, { flag: 'wx' })
}

/**
 * The first requirement before `id` that has no pass token, or undefined if `id` may begin.
 *
 * @param order ids of the gate
 */
export async function firstUnproven<Id extends string>(
  order: readonly Id[],
  runFolder: string,
  id: Id,
): Promise<Id | undefined> {
  for (const earlier of order.slice(0, order.indexOf(id))) {
    const tokens = [tokenOf(runFolder, earlier), tokenOf(runFolder, earlier, 'waived')]
    if (!(await Promise.all(tokens.map(exists))).includes(true)) return earlier
  }
  return undefined
}

function tokenOf(runFolder: string, id: string, kind: 'passed' | 'waived' = 'passed'): string {
  return join(runFolder, 'tokens', `${id.replace('/', '-')}.${kind}`)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
