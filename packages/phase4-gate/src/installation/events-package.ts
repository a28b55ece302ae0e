import { readTags } from '../candidates/tags.ts'
import { sameVersion } from '../candidates/version.ts'
import { inconclusive } from '@canary-gate/gate-kernel'
import { findDistribution, type InstalledDistribution } from './place.ts'

export interface EventsPackage {
  readonly eventsVersion: string
  readonly eventsTag: string
  readonly eventsCommit: string
}

const project = 'spec-kitty-events'

/**
 * Version of the events package beside the candidate, and the tag and commit it was built from.
 * Where it is not installed as a distribution of its own, the candidate's pinned requirement counts.
 */
export async function identifyEvents(
  candidate: InstalledDistribution,
  eventsClone: string,
): Promise<EventsPackage> {
  const installed = await findDistribution(candidate.sitePackages, project)
  const version = installed?.version ?? pinned(candidate.requires)
  if (version === null)
    throw unknown('neither installed beside the candidate nor pinned by it', candidate.distInfo)
  const tag = (await readTags(eventsClone)).find(({ name }) => sameVersion(name, version))
  if (tag === undefined || tag.commit === null)
    throw unknown(`${version}, for which no tag exists`, eventsClone)
  return { eventsVersion: version, eventsTag: tag.name, eventsCommit: tag.commit }
}

function pinned(requires: readonly string[]): string | null {
  for (const line of requires) {
    const match = /^spec[-_.]kitty[-_.]events\s*\(?==\s*(?<version>[^\s;)]+)/i.exec(line)
    if (match?.groups?.['version'] !== undefined) return match.groups['version']
  }
  return null
}

function unknown(what: string, where: string): Error {
  return inconclusive({
    code: 'events-version-unknown',
    what: `the version of ${project} is ${what}`,
    where,
    next: 'fetch the tags of the events clone (git fetch --tags) and run the gate again',
  })
}
