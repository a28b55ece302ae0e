import { compare, parse } from '@renovatebot/pep440'
import { type Candidate, judgeCandidate, sameVersion, type Sighting } from './judge.ts'
import { type Published, readPublished } from './package-index.ts'
import { openTagSource, packageVersionAt, readTags, type Tag, tagsContaining } from './tags.ts'

export interface CandidateQuery {
  /** A clone, or the URL of a repository. */
  readonly repository: string
  readonly indexUrl: string
  readonly project: string
  /** Last version known not to be good enough, e.g. 3.2.0rc15. */
  readonly after: string
  /** Commit that the candidate must contain. */
  readonly baseline: string
  /** Tag → commit as seen in the last run; a tag that moved since is not eligible. */
  readonly lastSeen?: ReadonlyMap<string, string>
}

export interface CandidateList {
  /** Newest first, by version order; what is no version stands last. */
  readonly candidates: readonly Candidate[]
  readonly chosen: Candidate | null
}

/**
 * Lists every tag and every published version with all reasons for and against it, and chooses the
 * newest eligible one (GATE/FR-003). Reads only: it never cuts, tags or pushes anything.
 *
 * @throws inconclusive stop when the repository or the index cannot be read
 */
export async function listCandidates(query: CandidateQuery): Promise<CandidateList> {
  await using source = await openTagSource(query.repository)
  const [tags, published] = await Promise.all([
    readTags(source.folder),
    readPublished(query.indexUrl, query.project),
  ])
  const sightings = await sightAll(query, source.folder, tags, published)
  const candidates = sightings
    .map((sighting) => judgeCandidate(sighting, query.after))
    .toSorted(newestFirst)
  return { candidates, chosen: candidates.find((candidate) => candidate.eligible) ?? null }
}

async function sightAll(
  query: CandidateQuery,
  folder: string,
  tags: readonly Tag[],
  published: Published,
): Promise<readonly Sighting[]> {
  const containing = await tagsContaining(folder, query.baseline)
  const tagged = await Promise.all(
    tags.map((tag) => sightTag(query, folder, tag, published, containing.has(tag.name))),
  )
  const untagged = [...published]
    .filter(([version]) => !tagged.some((seen) => sameVersion(seen.version, version)))
    .map(([version, files]) => ({ ...nothingKnown, version, files }))
  return [...tagged, ...untagged]
}

const nothingKnown = {
  tag: null,
  commit: null,
  containsBaseline: false,
  packageVersion: null,
  commitLastRun: null,
} as const

async function sightTag(
  query: CandidateQuery,
  folder: string,
  tag: Tag,
  published: Published,
  containsBaseline: boolean,
): Promise<Sighting> {
  const version = tag.name.replace(/^v(?=\d)/, '')
  // Only where it can still matter: a real repository has hundreds of tags, and in a clone without
  // blobs every look into one goes over the network.
  const matters = parse(version) !== null && compare(version, query.after) > 0
  const packageVersion = matters ? await packageVersionAt(folder, tag.commit) : null
  const files = [...published].find(([other]) => sameVersion(other, version))?.[1] ?? null
  const commitLastRun = query.lastSeen?.get(tag.name) ?? null
  return {
    tag: tag.name,
    version,
    commit: tag.commit,
    containsBaseline,
    packageVersion,
    files,
    commitLastRun,
  }
}

function newestFirst(one: Candidate, other: Candidate): number {
  const [oneIs, otherIs] = [parse(one.version) !== null, parse(other.version) !== null]
  if (oneIs && otherIs) return compare(other.version, one.version)
  if (oneIs !== otherIs) return oneIs ? -1 : 1
  return one.version < other.version ? -1 : 1
}
