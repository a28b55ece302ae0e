import { isEventId } from '@canary-gate/batch-contract'

/** The value of each letter by its code, in both cases; other codes never get here. */
const DIGITS = new Uint8Array(128)
for (const [value, letter] of Array.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ').entries())
  for (const one of [letter, letter.toLowerCase()]) DIGITS[one.charCodeAt(0)] = value

/**
 * The 128 bits of an event id as PostgreSQL's `uuid` writes them: 32 hexadecimal digits with hyphens.
 * ULIDs and UUIDs in any letter case are accepted, so that one id cannot be stored in two spellings.
 * @returns undefined if the text is neither
 */
export function eventKey(id: string): string | undefined {
  if (!isEventId(id)) return undefined
  return dashed(id.length === 26 ? ulidHex(id) : id.replaceAll('-', '').toLowerCase())
}

/** 26 letters of 5 bits: the first two are 8 bits, and each four after them are 20, five digits. */
function ulidHex(ulid: string): string {
  let hex = hexOf((digit(ulid, 0) << 5) | digit(ulid, 1), 2)
  for (let at = 2; at < 26; at += 4) {
    const upper = (digit(ulid, at) << 5) | digit(ulid, at + 1)
    const lower = (digit(ulid, at + 2) << 5) | digit(ulid, at + 3)
    hex += hexOf((upper << 10) | lower, 5)
  }
  return hex
}

function digit(ulid: string, at: number): number {
  return DIGITS[ulid.charCodeAt(at)] ?? 0
}

function hexOf(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0')
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
