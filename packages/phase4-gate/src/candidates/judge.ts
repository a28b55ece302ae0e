import { compare, explain } from '@renovatebot/pep440'
import type { DistributionFile } from './published.ts'
import type { PackageVersion } from './package-version.ts'
import type { Ancestry } from './tags.ts'
import { isReleaseCandidate, lineOf, sameVersion } from './version.ts'

/** Why a tag or version cannot be the candidate. */
type Reason =
  | 'not-a-version'
  | 'final-release'
  | 'not-a-release-candidate'
  | 'not-after-the-last-candidate'
  | 'other-line'
  | 'before-the-baseline'
  | 'baseline-unknown'
  | 'no-tag'
  | 'not-a-commit'
  | 'ambiguous-tag'
  | 'not-published'
  | 'wheel-missing'
  | 'yanked'
  | 'tag-and-package-disagree'
  | 'package-unreadable'
  | 'tag-moved'

/** Everything that is known about one version; what could not be known is null. */
export interface Sighting {
  readonly tag: string | null
  readonly version: string
  readonly commit: string | null
  readonly ancestry: Ancestry
  /** What the package names itself by at that commit. */
  readonly packageVersion: PackageVersion
  /** Tags that name the same version, but another commit. */
  readonly rivals: readonly string[]
  readonly files: readonly DistributionFile[] | null
  /** Commit the same tag pointed at when the gate last looked. */
  readonly commitLastRun: string | null
}

export interface Candidate {
  readonly tag: string | null
  readonly version: string
  readonly commit: string | null
  readonly eligible: boolean
  readonly reasons: readonly { readonly code: Reason; readonly text: string }[]
  readonly prerelease: boolean
  readonly containsBaseline: boolean
  readonly published: boolean
  /** Of the first of its wheels; which one this machine gets is known once it is installed. */
  readonly wheelSha256: string | null
  /** Digests of all that it may be installed from: one for each platform, or for all of them. */
  readonly wheels: readonly string[]
}

/** The wheels a version may be installed from: those that are not yanked. */
export function wheelsOf(files: readonly DistributionFile[]): readonly DistributionFile[] {
  return files.filter((file) => file.packagetype === 'bdist_wheel' && !file.yanked)
}

/**
 * Whether a version may be gated, with every reason against it (GATE/FR-003, C-001, C-005).
 *
 * @param after the last version known not to be good enough
 * @param line a version of the line that is gated; by default that of `after`
 */
export function judgeCandidate(sighting: Sighting, after: string, line = after): Candidate {
  const reasons = [
    ...reasonsOfVersion(sighting, after, line),
    ...reasonsOfTag(sighting),
    ...reasonsOfFiles(sighting),
  ]
  const wheels = wheelsOf(sighting.files ?? []).map(({ digests }) => digests.sha256)
  return {
    tag: sighting.tag,
    version: sighting.version,
    commit: sighting.commit,
    eligible: reasons.length === 0,
    reasons,
    prerelease: explain(sighting.version)?.is_prerelease ?? false,
    containsBaseline: sighting.ancestry === 'contains',
    published: sighting.files !== null && sighting.files.length > 0,
    wheelSha256: wheels[0] ?? null,
    wheels,
  }
}

type Reasons = { readonly code: Reason; readonly text: string }[]

function reasonsOfVersion({ version }: Sighting, after: string, line: string): Reasons {
  const parsed = explain(version)
  if (parsed === null)
    return [{ code: 'not-a-version', text: `${version} is not a PEP 440 version` }]
  const reasons: Reasons = []
  if (!parsed.is_prerelease)
    reasons.push({
      code: 'final-release',
      text: `${version} is a final release; only release candidates are gated`,
    })
  else if (!isReleaseCandidate(version))
    reasons.push({
      code: 'not-a-release-candidate',
      text: `${version} is a prerelease, but not a plain rc: an alpha, beta, development, post or local version`,
    })
  if (lineOf(version) !== lineOf(line))
    reasons.push({
      code: 'other-line',
      text: `${version} is of another line than ${line}; name it in candidate.line to gate that line`,
    })
  const order = compare(version, after)
  if (order <= 0)
    reasons.push({
      code: 'not-after-the-last-candidate',
      text:
        order === 0
          ? `${version} is the last candidate itself, which was not good enough`
          : `${version} is not later than ${after}`,
    })
  return reasons
}

function reasonsOfTag(sighting: Sighting): Reasons {
  const { tag, commit, version } = sighting
  if (tag === null) return [{ code: 'no-tag', text: `no tag names version ${version}` }]
  if (commit === null)
    return [{ code: 'not-a-commit', text: `${tag} points at a tree or a file, not at a commit` }]
  const reasons: Reasons = [...reasonsOfAncestry(tag, sighting), ...reasonsOfPackage(tag, sighting)]
  if (sighting.rivals.length > 0)
    reasons.push({
      code: 'ambiguous-tag',
      text: `${sighting.rivals.join(', ')} names the same version as ${tag}, but another commit`,
    })
  if (sighting.commitLastRun !== null && sighting.commitLastRun !== commit)
    reasons.push({
      code: 'tag-moved',
      text: `${tag} pointed at ${sighting.commitLastRun} in the last run and points at ${commit} now`,
    })
  return reasons
}

function reasonsOfAncestry(tag: string, { ancestry }: Sighting): Reasons {
  switch (ancestry) {
    case 'contains':
      return []
    case 'lacks':
      return [{ code: 'before-the-baseline', text: `${tag} does not contain the baseline commit` }]
    case 'unknown':
      return [
        {
          code: 'baseline-unknown',
          text: `whether ${tag} contains the baseline cannot be told: this clone lacks the commit or was cut off`,
        },
      ]
  }
}

function reasonsOfPackage(tag: string, { packageVersion, version }: Sighting): Reasons {
  switch (packageVersion.kind) {
    case 'unnamed':
      return []
    case 'unreadable':
      return [
        {
          code: 'package-unreadable',
          text: `${packageVersion.file} at ${tag} cannot be read: ${packageVersion.why}`,
        },
      ]
    case 'named':
      return sameVersion(packageVersion.version, version)
        ? []
        : [
            {
              code: 'tag-and-package-disagree',
              text: `${tag} is tagged, but the package there calls itself ${packageVersion.version}`,
            },
          ]
  }
}

function reasonsOfFiles({ files, version }: Sighting): Reasons {
  if (files === null || files.length === 0)
    return [{ code: 'not-published', text: `${version} is not on the index` }]
  if (files.every((file) => file.yanked))
    return [
      {
        code: 'yanked',
        text: `${version} was yanked: ${files[0]?.yanked_reason ?? 'no reason given'}`,
      },
    ]
  if (wheelsOf(files).length > 0) return []
  return files.some(({ packagetype }) => packagetype === 'bdist_wheel')
    ? [{ code: 'yanked', text: `the wheel of ${version} was yanked` }]
    : [{ code: 'wheel-missing', text: `${version} has no wheel on the index` }]
}
