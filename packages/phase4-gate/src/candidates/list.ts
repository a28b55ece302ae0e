import { compare, parse } from '@renovatebot/pep440'
import { type Candidate, judgeCandidate, type Sighting } from './judge.ts'
import { readPublished } from './package-index.ts'
import { type PackageVersion, packageVersionAt } from './package-version.ts'
import type { DistributionFile, Published } from './published.ts'
import { openTagSource, readAncestry, readTags, type Tag } from './tags.ts'
import { canonicalVersion } from './version.ts'

export interface CandidateQuery {
  /** A clone, or the URL of a repository. */
  readonly repository: string
  readonly indexUrl: string
  readonly project: string
  /** Last version known not to be good enough, e.g. 3.2.0rc15. */
  readonly after: string
  /** A version of the line that is gated, e.g. 3.2.0; that of `after` if absent. */
  readonly line?: string | undefined
  /** Commit that the candidate must contain. */
  readonly baseline: string
  /** Tag → commit as seen in the last run; a tag that moved since is not eligible. */
  readonly lastSeen?: ReadonlyMap<string, string>
}

export interface CandidateList {
  /** Newest first, by version order; what is not a version stands last. */
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
    .map((sighting) => judgeCandidate(sighting, query.after, query.line))
    .toSorted(newestFirst)
  return { candidates, chosen: candidates.find((candidate) => candidate.eligible) ?? null }
}

/**
 * Names the published release candidates, later than the chosen one, that no tag of the clone names:
 * the newest three and how many more. Null if there are none.
 */
export function untaggedAfter(list: CandidateList): string | null {
  const versions = untaggedVersions(list)
  if (versions.length === 0) return null
  const more = versions.length > 3 ? ` and ${versions.length - 3} more` : ''
  return `${versions.slice(0, 3).join(', ')}${more}`
}

/** The same, all of them, newest first. */
export function untaggedVersions({ candidates, chosen }: CandidateList): readonly string[] {
  return candidates
    .slice(0, chosen === null ? undefined : candidates.indexOf(chosen))
    .filter(({ reasons }) => reasons.length === 1 && reasons[0]?.code === 'no-tag')
    .map(({ version }) => version)
}

/** Published release candidates, later than the chosen one, that only the commit of their tag speaks against. */
export function refusedByTag({ candidates, chosen }: CandidateList): readonly Candidate[] {
  return candidates
    .slice(0, chosen === null ? undefined : candidates.indexOf(chosen))
    .filter(({ eligible, reasons }) => !eligible && reasons.every(({ code }) => ofTheTag.has(code)))
}

const ofTheTag: ReadonlySet<Candidate['reasons'][number]['code']> = new Set([
  ...(['before-the-baseline', 'baseline-unknown', 'not-a-commit', 'ambiguous-tag'] as const),
  ...(['tag-and-package-disagree', 'package-unreadable', 'tag-moved'] as const),
])

/** Release candidates that only belong to another line, newest first: they are reported, not chosen. */
export function ofOtherLines({ candidates }: CandidateList): readonly string[] {
  return candidates
    .filter(({ reasons }) => reasons.length === 1 && reasons[0]?.code === 'other-line')
    .map(({ version }) => version)
}

async function sightAll(
  query: CandidateQuery,
  folder: string,
  tags: readonly Tag[],
  published: Published,
): Promise<readonly Sighting[]> {
  const ancestryOf = await readAncestry(folder, query.baseline)
  // An index may list one version in two spellings.
  const filesOf = new Map<string, readonly DistributionFile[]>()
  for (const [named, files] of published) {
    const version = canonicalVersion(named) ?? named
    filesOf.set(version, [...(filesOf.get(version) ?? []), ...files])
  }
  const named = tags.map((tag) => ({ ...tag, version: canonicalVersion(tag.name) ?? tag.name }))
  const tagged = await Promise.all(
    named.map(async (tag) => ({
      tag: tag.name,
      version: tag.version,
      commit: tag.commit,
      ancestry: ancestryOf(tag.name),
      packageVersion: await packageOf(query, folder, tag),
      rivals: named.filter((other) => isRival(tag, other)).map(({ name }) => name),
      files: filesOf.get(tag.version) ?? null,
      commitLastRun: query.lastSeen?.get(tag.name) ?? null,
    })),
  )
  const seen = new Set(named.map(({ version }) => version))
  const untagged = [...filesOf].filter(([version]) => !seen.has(version))
  return [...tagged, ...untagged.map(([version, files]) => ({ ...nothingKnown, version, files }))]
}

const nothingKnown = {
  tag: null,
  commit: null,
  ancestry: 'unknown',
  packageVersion: { kind: 'unnamed' },
  rivals: [],
  commitLastRun: null,
} as const

type NamedTag = Tag & { readonly version: string }

function isRival(tag: NamedTag, other: NamedTag): boolean {
  return tag.version === other.version && tag.commit !== other.commit
}

/**
 * Asked only where it can still matter: a real repository has hundreds of tags, and in a clone
 * without blobs every look into one goes over the network.
 */
async function packageOf(
  { after }: CandidateQuery,
  folder: string,
  { version, commit }: NamedTag,
): Promise<PackageVersion> {
  const matters = parse(version) !== null && compare(version, after) > 0
  return matters && commit !== null ? packageVersionAt(folder, commit) : { kind: 'unnamed' }
}

/** By version; where two tags name the same one, the tag with the usual `v` stands first. */
function newestFirst(one: Candidate, other: Candidate): number {
  const [oneIs, otherIs] = [parse(one.version) !== null, parse(other.version) !== null]
  if (oneIs !== otherIs) return oneIs ? -1 : 1
  const order = oneIs ? compare(other.version, one.version) : 0
  return order === 0 ? compareText(usualFirst(one), usualFirst(other)) : order
}

function usualFirst({ tag, version }: Candidate): string {
  return tag === `v${version}` ? '' : (tag ?? version)
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
