import { createHash } from 'node:crypto'

/**
 * JSON with sorted keys and no spaces: two texts have the same canonical text if and only if they
 * mean the same JSON. Used wherever content is compared (SYNC/T059, SYNC/T060), never for sending.
 *
 * @throws {SyntaxError} if it is not JSON
 */
export function canonicalJson(text: string): string {
  return JSON.stringify(sorted(mayHoldLargeNumber.test(text) ? exact(text) : JSON.parse(text)))
}

/** SHA-256 in hex of the canonical text. */
export function contentHash(text: string): string {
  return sha256(canonicalJson(text))
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Most texts have none, and are read several times as fast. */
const mayHoldLargeNumber = /\d{16}|\d[eE]\+?\d{3}/

// ECMAScript has these two; TypeScript does not know them yet.
const { rawJSON, isRawJSON } = JSON as typeof JSON & {
  readonly rawJSON: (text: string) => object
  readonly isRawJSON: (value: unknown) => boolean
}

/** Numbers that a double would round to their neighbour, or to infinity, keep their digits. */
function exact(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, { source }: { source?: string } = {}) => {
    if (typeof value !== 'number' || source === undefined || Number.isSafeInteger(value))
      return value
    if (/^-?\d+$/.test(source)) return rawJSON(BigInt(source).toString())
    return Number.isFinite(value) ? value : rawJSON(source)
  })
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null || isRawJSON(value)) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
