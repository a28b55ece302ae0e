import { compare, eq, explain, parse } from '@renovatebot/pep440'
import type { DistributionFile } from './package-index.ts'

/** Why a tag or version cannot be the candidate. */
type Reason =
  | 'not-a-version'
  | 'final-release'
  | 'not-a-release-candidate'
  | 'not-after-the-last-candidate'
  | 'before-the-baseline'
  | 'no-tag'
  | 'not-published'
  | 'wheel-missing'
  | 'yanked'
  | 'tag-and-package-disagree'
  | 'tag-moved'

/** Everything that is known about one version; what could not be known is null. */
export interface Sighting {
  readonly tag: string | null
  readonly version: string
  readonly commit: string | null
  readonly containsBaseline: boolean
  /** Version the package names itself by at that commit. */
  readonly packageVersion: string | null
  readonly files: readonly DistributionFile[] | null
  /** Commit the same tag pointed at when the gate last looked. */
  readonly commitLastRun: string | null
}

export interface Candidate {
  readonly tag: string | null
  readonly version: string
  readonly commit: string | null
  readonly prerelease: boolean
  readonly containsBaseline: boolean
  readonly published: boolean
  readonly wheelSha256: string | null
  readonly eligible: boolean
  readonly reasons: readonly { readonly code: Reason; readonly text: string }[]
}

/** The wheel a version would be installed from: the first that is not yanked. */
export function wheelOf(files: readonly DistributionFile[]): DistributionFile | null {
  const wheels = files.filter((file) => file.packagetype === 'bdist_wheel')
  return wheels.find((file) => !file.yanked) ?? wheels[0] ?? null
}

/**
 * Whether a version may be gated, with every reason against it (GATE/FR-003, C-001, C-005).
 *
 * @param after the last version known not to be good enough
 */
export function judgeCandidate(sighting: Sighting, after: string): Candidate {
  const reasons = [
    ...reasonsOfVersion(sighting, after),
    ...reasonsOfTag(sighting),
    ...reasonsOfFiles(sighting),
  ]
  return {
    tag: sighting.tag,
    version: sighting.version,
    commit: sighting.commit,
    prerelease: explain(sighting.version)?.is_prerelease ?? false,
    containsBaseline: sighting.containsBaseline,
    published: sighting.files !== null && sighting.files.length > 0,
    wheelSha256: wheelOf(sighting.files ?? [])?.digests.sha256 ?? null,
    eligible: reasons.length === 0,
    reasons,
  }
}

type Reasons = { readonly code: Reason; readonly text: string }[]

function reasonsOfVersion({ version }: Sighting, after: string): Reasons {
  const parsed = explain(version)
  if (parsed === null) return [{ code: 'not-a-version', text: `${version} is no PEP 440 version` }]
  const reasons: Reasons = []
  if (!parsed.is_prerelease)
    reasons.push({
      code: 'final-release',
      text: `${version} is a final release; only release candidates are gated`,
    })
  else if (parsed.pre[0] !== 'rc' || parsed.is_devrelease || parsed.local !== null)
    reasons.push({
      code: 'not-a-release-candidate',
      text: `${version} is a prerelease, but not an rc`,
    })
  if (compare(version, after) <= 0)
    reasons.push({
      code: 'not-after-the-last-candidate',
      text: `${version} is not later than ${after}`,
    })
  return reasons
}

function reasonsOfTag(sighting: Sighting): Reasons {
  if (sighting.tag === null || sighting.commit === null)
    return [{ code: 'no-tag', text: `no tag names version ${sighting.version}` }]
  const reasons: Reasons = []
  if (!sighting.containsBaseline)
    reasons.push({
      code: 'before-the-baseline',
      text: `${sighting.tag} does not contain the baseline commit`,
    })
  if (sighting.packageVersion !== null && !sameVersion(sighting.packageVersion, sighting.version))
    reasons.push({
      code: 'tag-and-package-disagree',
      text: `${sighting.tag} is tagged, but the package there calls itself ${sighting.packageVersion}`,
    })
  if (sighting.commitLastRun !== null && sighting.commitLastRun !== sighting.commit)
    reasons.push({
      code: 'tag-moved',
      text: `${sighting.tag} pointed at ${sighting.commitLastRun} in the last run and points at ${sighting.commit} now`,
    })
  return reasons
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
  const wheel = wheelOf(files)
  if (wheel === null)
    return [{ code: 'wheel-missing', text: `${version} has no wheel on the index` }]
  return wheel.yanked ? [{ code: 'yanked', text: `the wheel of ${version} was yanked` }] : []
}

/** Equal as versions: `3.2.0-rc16` and `3.2.0rc16` are. */
export function sameVersion(one: string, other: string): boolean {
  return parse(one) !== null && parse(other) !== null ? eq(one, other) : one === other
}
