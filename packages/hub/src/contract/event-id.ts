const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const DASHED_OR_PLAIN = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const DIGITS = new Map(
  Array.from(CROCKFORD).flatMap((letter, value) => [
    [letter, value] as const,
    [letter.toLowerCase(), value] as const,
  ]),
)

/**
 * The 128 bits of an event id as PostgreSQL's `uuid` writes them: 32 hexadecimal digits with hyphens.
 * ULIDs and UUIDs in any letter case are accepted, so that one id cannot be stored in two spellings.
 * @returns undefined if the text is neither
 */
export function eventKey(id: string): string | undefined {
  if (ULID.test(id)) return dashed(ulidHex(id))
  if (UUID.test(id) && DASHED_OR_PLAIN.test(id)) return dashed(id.replaceAll('-', '').toLowerCase())
  return undefined
}

/** 26 letters of 5 bits are 130 bits; the first letter is at most 7, so the upper two are zero. */
function ulidHex(ulid: string): string {
  let hex = ''
  let bits = 0
  let held = 0
  for (const [index, letter] of Array.from(ulid).entries()) {
    held = (held << 5) | (DIGITS.get(letter) ?? 0)
    bits += index === 0 ? 3 : 5
    while (bits >= 4) {
      bits -= 4
      hex += ((held >> bits) & 15).toString(16)
    }
    held &= (1 << bits) - 1
  }
  return hex
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
