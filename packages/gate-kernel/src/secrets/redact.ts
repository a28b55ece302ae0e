import { replaceEncoded, writtenForms } from './encoded.ts'
import { replaceEscaped, type Span } from './escaped.ts'
import { heldSecrets } from './held.ts'
import { secretKinds } from './kinds.ts'
import { announcesSecret } from './labelled.ts'

/*
 * Removes secrets from text before it is stored, compared, shown or published. Each pattern keeps what
 * surrounds the secret, so that a redacted log still reads; what replaces it contains nothing that
 * any pattern matches, so that redacting twice changes nothing, and no quote or backslash, so that
 * redacted JSON stays JSON.
 */

export interface Redaction {
  readonly text: string
  /** Kinds of the secrets that were replaced, one entry per place, in no particular order. */
  readonly found: readonly string[]
}

/**
 * Replaces every known kind of secret, every literal in `known`, and every secret that this process
 * holds, also where they are percent-encoded, in base64 or escaped.
 * Literals shorter than six characters are ignored: they would cut holes into ordinary words.
 */
export function redactAll(text: string, known: readonly string[] = []): Redaction {
  const found: string[] = []
  const note = (kind: string): string => {
    found.push(kind)
    return `[redacted:${kind}]`
  }
  const literals = [...new Set([...known, ...heldSecrets()])].filter(({ length }) => length >= 6)
  const plain = withoutShapes(withoutLiterals(text, literals, note), note)
  const spans = (resolved: string): readonly Span[] => spansOf(resolved, literals)
  const unescaped = replaceEscaped(plain, spans, () => note('encoded-secret'))
  const holdsSecret = (decoded: string): boolean => spans(decoded).length > 0
  const clean = replaceEncoded(unescaped, holdsSecret, () => note('encoded-secret'))
  return { text: clean, found }
}

/** {@link redactAll}, where only the text is wanted. */
export function redact(text: string, known: readonly string[] = []): string {
  return redactAll(text, known).text
}

/**
 * {@link redact} for a parsed document: every text in it, keys too, and what a key announces as a
 * secret. The result has the same shape.
 */
export function redactValue(value: unknown, known: readonly string[] = []): unknown {
  if (typeof value === 'string') return redact(value, known)
  if (Array.isArray(value)) return value.map((one) => redactValue(one, known))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [
      redact(key, known),
      typeof inner === 'string' && inner.length >= 6 && announcesSecret(key)
        ? inner.replace(/^(?!\[redacted:).*$/s, '[redacted:credential]')
        : redactValue(inner, known),
    ]),
  )
}

function withoutLiterals(
  text: string,
  literals: readonly string[],
  note: (kind: string) => string,
): string {
  const forms = literals.flatMap(writtenForms)
  let result = text
  // The longest first: one secret may be a part of another one.
  for (const form of forms.toSorted((a, b) => b.length - a.length)) {
    if (result.includes(form)) result = result.replaceAll(form, () => note('known-token'))
  }
  return result
}

function withoutShapes(text: string, note: (kind: string) => string): string {
  let result = text
  for (const { name, hints, pattern } of secretKinds) {
    if (hints !== null && !hints.some((hint) => result.includes(hint))) continue
    result = result.replace(pattern, (...match: unknown[]) => keptBy(match) + note(name))
  }
  return result
}

/** Where secrets are in a text that was decoded. */
function spansOf(text: string, literals: readonly string[]): readonly Span[] {
  const kinds = secretKinds.filter(({ hints }) => hints?.some((one) => text.includes(one)) ?? true)
  return [
    ...literals.flatMap((literal) => placesOf(text, literal)),
    ...kinds.flatMap(({ pattern }) =>
      [...text.matchAll(pattern)].map((match): Span => {
        const kept = match.groups?.['keep']?.length ?? 0
        return [match.index + kept, match.index + match[0].length]
      }),
    ),
  ]
}

function placesOf(text: string, literal: string): Span[] {
  const places: Span[] = []
  for (let at = text.indexOf(literal); at !== -1; at = text.indexOf(literal, at + 1))
    places.push([at, at + literal.length])
  return places
}

function keptBy(match: readonly unknown[]): string {
  const groups = match.at(-1)
  if (typeof groups !== 'object' || groups === null || !('keep' in groups)) return ''
  return typeof groups.keep === 'string' ? groups.keep : ''
}
