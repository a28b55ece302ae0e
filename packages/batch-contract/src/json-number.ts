/**
 * The one spelling of a JSON number: how JavaScript writes it where a double holds exactly this value,
 * else all of its digits. Equal spellings mean equal values, however large or precise.
 * @param token a number as JSON writes it
 */
export function exactNumber(token: string): string {
  if (/^-?[1-9]\d{0,14}$/.test(token)) return token
  const value = Number(token)
  const written = Object.is(value, -0) ? '0' : String(value)
  if (written === token) return token
  const exact = decimal(token)
  if (Number.isFinite(value) && isSame(exact, decimal(written))) return written
  return spelled(exact)
}

/** A number as digits without zeros at either end, times a power of ten; no digits mean zero. */
interface Decimal {
  readonly sign: '' | '-'
  readonly digits: string
  readonly exponent: bigint
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

function decimal(token: string): Decimal {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(token) ?? []
  const all = whole + fraction
  const digits = all.replace(/^0+/, '')
  const kept = withoutZerosAtEnd(digits)
  if (kept === '') return { sign: '', digits: '', exponent: 0n }
  const shift = BigInt(digits.length - kept.length - fraction.length)
  return { sign: sign === '-' ? '-' : '', digits: kept, exponent: toBigInt(exponent) + shift }
}

/** A pattern for zeros at the end would look at each run of zeros again and again. */
function withoutZerosAtEnd(digits: string): string {
  let end = digits.length
  while (end > 0 && digits[end - 1] === '0') end -= 1
  return digits.slice(0, end)
}

/** Beyond every number that anybody means; reading more digits than these takes quadratic time. */
const LONGEST_EXPONENT = 30

function toBigInt(exponent: string): bigint {
  const plain = exponent.replace('+', '').replace(/^(-?)0+(?=\d)/, '$1')
  return BigInt(plain.slice(0, LONGEST_EXPONENT))
}

function isSame(one: Decimal, other: Decimal): boolean {
  return one.sign === other.sign && one.digits === other.digits && one.exponent === other.exponent
}

/** Up to this many zeros an integer is written out. */
const MOST_ZEROS = 30n

function spelled({ sign, digits, exponent }: Decimal): string {
  if (exponent >= 0n && exponent <= MOST_ZEROS)
    return `${sign}${digits}${'0'.repeat(Number(exponent))}`
  return `${sign}${digits}e${exponent}`
}
