import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ifAbsent, parseJson } from '@canary-gate/documents'
import { inconclusive } from '@canary-gate/gate-kernel'
import { facts } from '../run/facts.ts'
import { type World, worldSchema } from '../world/schema.ts'

/**
 * Tag → commit as earlier runs of the gate recorded them, newest run last, so that a tag which was
 * moved since is noticed. A run without a candidate says nothing, and neither does one with a world of an
 * older form.
 *
 * @param runs folder of all runs
 * @param concerns whether a run's world is about the same repository: a rehearsal has the same tags on
 *   commits of its own
 * @param own name of the run that asks: what it recorded itself is compared elsewhere
 * @throws CheckError if what a run recorded is there and cannot be read: it may name another commit
 */
export async function tagsOfEarlierRuns(
  runs: string,
  concerns: (world: World) => boolean,
  own = '',
): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(runs, { withFileTypes: true }).catch(ifAbsent([]))
  // Beside the folders of the runs are files of the gate, such as the name of the latest run.
  const names = entries.flatMap((entry) => (entry.isFile() ? [] : [entry.name])).toSorted()
  const seen = new Map<string, string>()
  for (const name of names.filter((one) => one !== own)) {
    const world = worldSchema.safeParse(await recorded(join(runs, name, 'world.json')))
    if (!world.success || !concerns(world.data)) continue
    const file = join(runs, name, 'facts', 'candidate.json')
    const text = await recorded(file)
    if (text === undefined) continue
    const candidate = facts.candidate.safeParse(text)
    if (!candidate.success) throw unreadable(file, 'it is not the record of a candidate')
    seen.set(candidate.data.tag, candidate.data.commit)
  }
  return seen
}

/** Undefined where there is no such file. */
async function recorded(file: string): Promise<unknown> {
  const bytes = await readFile(file).catch(ifAbsent(undefined))
  if (bytes === undefined) return undefined
  try {
    return parseJson(bytes, { maximumBytes: 1024 * 1024, fractions: 'any', mayLookAlike: true })
  } catch (cause) {
    throw unreadable(file, cause instanceof Error ? cause.message : String(cause))
  }
}

function unreadable(file: string, why: string): Error {
  return inconclusive({
    code: 'earlier-run-unreadable',
    cause: 'environment',
    what: `what an earlier run recorded cannot be read, so nobody knows which commit a tag had: ${why}`,
    where: file,
    next: 'restore the file, or move the folder of that run out of the folder of all runs',
  })
}
