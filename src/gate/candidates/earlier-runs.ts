import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { facts } from '../run/facts.ts'

/**
 * Tag → commit as earlier runs of the gate recorded them, newest run last, so that a tag which was
 * moved since is noticed. Runs without a candidate, and folders that are no runs, say nothing.
 */
export async function tagsOfEarlierRuns(runFolder: string): Promise<ReadonlyMap<string, string>> {
  const parent = dirname(runFolder)
  const names = (await readdir(parent).catch(() => [])).toSorted()
  const seen = new Map<string, string>()
  for (const name of names.filter((other) => other !== basename(runFolder))) {
    const text = await readFile(join(parent, name, 'facts', 'candidate.json'), 'utf8').catch(
      () => null,
    )
    const candidate = text === null ? null : facts.candidate.safeParse(parseJson(text))
    if (candidate?.success === true) seen.set(candidate.data.tag, candidate.data.commit)
  }
  return seen
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
