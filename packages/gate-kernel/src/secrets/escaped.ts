/** A part of a text, by offsets: from the first to behind the last. */
export type Span = readonly [from: number, to: number]

/** A text with its escapes resolved, in pieces: what was written plainly, and what an escape stands for. */
interface Piece {
  /** Where it begins in the resolved text, and in the original. */
  readonly at: number
  readonly origin: number
  readonly isEscape: boolean
}

/**
 * What divides or replaces a letter without changing what a reader takes it for: terminal sequences, characters
 * that print nothing, a letter that is typed over, a line that goes on; `\x5f`, `\u005f`, `\137`, `&#95;`, `%5f`
 * and `%255f`, `=5F` and the line breaks of quoted-printable, `\/`; and what joins two texts in a program
 * (`"ghp_" + "…"`, `'ghp_' '…'`), which no JSON document has between its own texts.
 */
const escapes = new RegExp(
  [
    String.raw`\u001b\[[0-?]*[ -/]*[@-~]|[^\n]\u0008|[\u0000\u200b-\u200f\u2060\ufeff\u00ad]|[\\=]\r?\n`,
    String.raw`(?<!\\)\\+(?:x(?<x>[0-9a-f]{2})|u00(?<u>[0-9a-f]{2})|(?<o>0?1[0-7]{2}|0{0,2}[4-7][0-7])|(?<slash>\/))`,
    String.raw`&#x0*(?<h>[0-9a-f]{2});|&#0*(?<d>\d{2,3});|%(?:25)*(?<p>[2-7][0-9a-f])|=(?<q>[2-7][0-9a-f])`,
    String.raw`\\{0,3}["'\x60](?:[ \t]{0,4}(?:\+|\.|&|\|\|)\s{0,40}|[ \t]{1,4}|[ \t]{0,4}\\?\r?\n[ \t]{0,40})\\{0,3}["'\x60]`,
  ].join('|'),
  'gi',
)

function resolve(text: string): { readonly text: string; readonly pieces: readonly Piece[] } {
  const parts: string[] = []
  const pieces: Piece[] = []
  let [at, origin] = [0, 0]
  const add = (part: string, from: number, isEscape: boolean): void => {
    pieces.push({ at, origin: from, isEscape })
    parts.push(part)
    at += part.length
  }
  for (const match of text.matchAll(escapes)) {
    add(text.slice(origin, match.index), origin, false)
    add(letterOf(match.groups ?? {}), match.index, true)
    origin = match.index + match[0].length
  }
  add(text.slice(origin), origin, false)
  return { text: parts.join(''), pieces }
}

type Groups = Readonly<Record<string, string | undefined>>

function letterOf({ x, u, h, d, p, q, o, slash }: Groups): string {
  const hex = x ?? u ?? h ?? p ?? q
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
  if (o !== undefined) return String.fromCharCode(Number.parseInt(o, 8))
  return d === undefined ? (slash ?? '') : String.fromCharCode(Number(d))
}

/**
 * Replaces secrets of which a part is escaped. What has no escape in it is left alone.
 *
 * @param secretsIn where secrets are in a text without escapes
 */
export function replaceEscaped(
  text: string,
  secretsIn: (resolved: string) => readonly Span[],
  replacement: () => string,
): string {
  if (text.search(escapes) === -1) return text
  const { text: resolved, pieces } = resolve(text)
  const parts: string[] = []
  let at = 0
  for (const [from, to] of secretsIn(resolved).toSorted(([one], [other]) => one - other)) {
    const [first, last] = [indexOf(pieces, from), indexOf(pieces, to - 1)]
    if (!pieces.slice(first, last + 1).some(({ isEscape }) => isEscape)) continue
    const [begin, end] = [originOf(pieces, first, from), originOf(pieces, indexOf(pieces, to), to)]
    if (begin < at) continue
    parts.push(text.slice(at, begin), replacement())
    at = end
  }
  return parts.join('') + text.slice(at)
}

/** The last piece that begins at a place of the resolved text, or before it. */
function indexOf(pieces: readonly Piece[], place: number): number {
  let [low, high] = [0, pieces.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((pieces[middle]?.at ?? 0) <= place) low = middle
    else high = middle - 1
  }
  return low
}

function originOf(pieces: readonly Piece[], index: number, place: number): number {
  const { at = 0, origin = 0, isEscape = false } = pieces[index] ?? {}
  return isEscape ? origin : origin + place - at
}
