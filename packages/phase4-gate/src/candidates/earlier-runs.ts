import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ifAbsent } from '@canary-gate/documents'
import { facts } from '../run/facts.ts'
import { type World, worldSchema } from '../world/schema.ts'

/**
 * Tag → commit as earlier runs of the gate recorded them, newest run last, so that a tag which was
 * moved since is noticed. Runs without a candidate, and folders that are no runs, say nothing.
 *
 * @param runs folder of all runs
 * @param concerns whether a run's world is about the same repository: a rehearsal has the same tags on
 *   commits of its own
 */
export async function tagsOfEarlierRuns(
  runs: string,
  concerns: (world: World) => boolean,
): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(runs).catch(ifAbsent([]))).toSorted()
  const seen = new Map<string, string>()
  for (const name of names) {
    const world = worldSchema.safeParse(await readJson(join(runs, name, 'world.json')))
    if (!world.success || !concerns(world.data)) continue
    const file = join(runs, name, 'facts', 'candidate.json')
    const candidate = facts.candidate.safeParse(await readJson(file))
    if (candidate.success) seen.set(candidate.data.tag, candidate.data.commit)
  }
  return seen
}

/** Null where there is no such file, or something else in it. */
async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return null
  }
}
