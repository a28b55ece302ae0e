import { compare, eq, explain, parse, valid } from '@renovatebot/pep440'

/**
 * The one spelling that PEP 440 gives a version, whatever the tag writes: `v3.2.0-rc16` and
 * `3.2.0c16` are `3.2.0rc16`. Null for a text that is not a version.
 */
export function canonicalVersion(text: string): string | null {
  const parsed = explain(text)
  if (parsed === null) return null
  return parsed.local === null ? parsed.public : `${parsed.public}+${parsed.local}`
}

/**
 * The line of a version: its epoch and release number without trailing zeros, e.g. `3.2` for 3.2.0rc16.
 * Null for a text that is not a version.
 */
export function lineOf(version: string): string | null {
  const parsed = explain(version)
  if (parsed === null) return null
  const release = parsed.release.join('.').replace(/(?:\.0)+$/, '')
  return parsed.epoch === 0 ? release : `${parsed.epoch}!${release}`
}

/** True for rc1, rc2, … alone: no alpha, beta, development, post or local version of one (C-001). */
export function isReleaseCandidate(version: string): boolean {
  return /^(?:\d+!)?\d+(?:\.\d+)*rc\d+$/.test(canonicalVersion(version) ?? '')
}

/** Equal as versions: `3.2.0-rc16` and `3.2.0rc16` are. */
export function sameVersion(one: string, other: string): boolean {
  return parse(one) !== null && parse(other) !== null ? eq(one, other) : one === other
}

/** The same for what a program prints: with or without a leading `v`, and a text that is not a version. */
export function samePrintedVersion(printed: string, installed: string): boolean {
  const [one, other] = [printed, installed].map((text) => text.trim().replace(/^v/, ''))
  if (one === undefined || other === undefined) return false
  return valid(one) && valid(other) ? compare(one, other) === 0 : one === other
}
