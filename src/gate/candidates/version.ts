import { eq, explain, parse } from '@renovatebot/pep440'

/**
 * The one spelling that PEP 440 gives a version, whatever the tag writes: `v3.2.0-rc16` and
 * `3.2.0c16` are `3.2.0rc16`. Null for a text that is no version.
 */
export function canonicalVersion(text: string): string | null {
  const parsed = explain(text)
  if (parsed === null) return null
  return parsed.local === null ? parsed.public : `${parsed.public}+${parsed.local}`
}

/** True for rc1, rc2, … alone: no alpha, beta, development, post or local version of one (C-001). */
export function isReleaseCandidate(version: string): boolean {
  return /^(?:\d+!)?\d+(?:\.\d+)*rc\d+$/.test(canonicalVersion(version) ?? '')
}

/** Equal as versions: `3.2.0-rc16` and `3.2.0rc16` are. */
export function sameVersion(one: string, other: string): boolean {
  return parse(one) !== null && parse(other) !== null ? eq(one, other) : one === other
}
