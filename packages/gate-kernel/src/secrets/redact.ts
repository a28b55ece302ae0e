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
  const plain = withoutSecrets(text, literals.flatMap(writtenForms), note)
  const spans = (resolved: string): readonly Span[] =>
    placesOf(resolved, literals).map(({ from, to }): Span => [from, to])
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

/** A secret in a text, by offsets: from its first letter to behind its last one. */
interface Place {
  readonly kind: string
  readonly from: number
  readonly to: number
}

/**
 * All of them are found in the text as it came, and what overlaps is replaced as one: a short literal may be
 * a part of another secret, of which the rest would not be recognized any more.
 */
function withoutSecrets(
  text: string,
  literals: readonly string[],
  note: (kind: string) => string,
): string {
  const parts: string[] = []
  let done = 0
  for (const { kind, from, to } of joined(placesOf(text, literals))) {
    parts.push(text.slice(done, from), note(kind))
    done = to
  }
  return parts.join('') + text.slice(done)
}

/** Overlapping places as one, of the kind of the longest. */
function joined(places: readonly Place[]): readonly Place[] {
  const result: Place[] = []
  let longest = 0
  for (const place of places.toSorted((one, other) => one.from - other.from)) {
    const last = result.at(-1)
    const length = place.to - place.from
    if (last === undefined || place.from >= last.to) {
      result.push(place)
      longest = length
      continue
    }
    const kind = length > longest ? place.kind : last.kind
    longest = Math.max(longest, length)
    result[result.length - 1] = { kind, from: last.from, to: Math.max(last.to, place.to) }
  }
  return result
}

function placesOf(text: string, literals: readonly string[]): Place[] {
  const kinds = secretKinds.filter(({ hints }) => hints?.some((one) => text.includes(one)) ?? true)
  return [
    ...literals.flatMap((literal) => placesOfLiteral(text, literal)),
    ...kinds.flatMap(({ name, pattern }) =>
      [...text.matchAll(pattern)].map((match): Place => {
        const kept = match.groups?.['keep']?.length ?? 0
        return { kind: name, from: match.index + kept, to: match.index + match[0].length }
      }),
    ),
  ]
}

function placesOfLiteral(text: string, literal: string): Place[] {
  const places: Place[] = []
  for (let at = text.indexOf(literal); at !== -1; at = text.indexOf(literal, at + 1))
    places.push({ kind: 'known-token', from: at, to: at + literal.length })
  return places
}
