/** The ways in which a secret is written when it passes through another format. */
export function writtenForms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString('hex'),
    ...base64Cores(bytes),
  ]
  return [...new Set(forms)].filter((form) => form.length >= 6)
}

/**
 * What base64 makes of a secret depends on how many bytes are before it: the part that is the same
 * for each of the three offsets.
 */
function base64Cores(bytes: Buffer): string[] {
  if (bytes.byteLength < 9) return [bytes.toString('base64'), bytes.toString('base64url')]
  const cores = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const first = [0, 2, 3][before] ?? 0
    const whole = Math.floor(((before + bytes.byteLength) * 8) / 6)
    return text.slice(first, whole)
  })
  return cores.flatMap((core) => [core, core.replaceAll('+', '-').replaceAll('/', '_')])
}

/**
 * Runs of text that may be base64, percent-encoded text or bytes in hexadecimal, long enough to hide a token.
 * base64 may be wrapped: `\n` may be written as two letters.
 */
const mayBeEncoded = new RegExp(
  [
    String.raw`(?<![0-9A-Za-z])(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ :,]?){16,}(?![0-9A-Za-z])`,
    String.raw`(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{20,}(?:(?:\r?\n|\\+(?:r\\*)?n)[A-Za-z0-9+/_-]{4,})*={0,2}`,
    String.raw`(?<![\w.~+%-])(?:%[0-9A-Fa-f]{2}|[\w.~+-]){12,}`,
  ].join('|'),
  'g',
)

/** One encoding inside of another one, as a token in a header in a request that is logged in base64. */
const deepest = 3

/**
 * Replaces what hides a secret behind an encoding, or behind several. A run of many millions of letters overflows
 * the stack of the expression: what cannot be searched is replaced as well.
 *
 * @param holdsSecret whether a decoded text contains one
 */
export function replaceEncoded(
  text: string,
  holdsSecret: (decoded: string) => boolean,
  replacement: () => string,
): string {
  try {
    return text.replace(mayBeEncoded, (run) =>
      decodingsOf(run).some((decoded) => hides(decoded, holdsSecret, 1)) ? replacement() : run,
    )
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const at = middleOf(text)
    if (at === undefined) return `${replacement()}${lineEndOf(text)}`
    const parts = [text.slice(0, at), text.slice(at)]
    return parts.map((part) => replaceEncoded(part, holdsSecret, replacement)).join('')
  }
}

function lineEndOf(text: string): string {
  return text.endsWith('\n') ? '\n' : ''
}

/** Nobody wraps base64 into longer lines. */
const longestLine = 10_000

/** The end of a line about in the middle, behind which no wrapped base64 goes on; undefined if there is none. */
function middleOf(text: string): number | undefined {
  const isEnd = (at: number): boolean => {
    const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at)
    return at + 1 < text.length && (line === '' || line.length > longestLine || /\s/.test(line))
  }
  for (let at = text.indexOf('\n', text.length / 2); at >= 0; at = text.indexOf('\n', at + 1))
    if (isEnd(at)) return at + 1
  for (
    let at = text.lastIndexOf('\n', text.length / 2);
    at > 0;
    at = text.lastIndexOf('\n', at - 1)
  )
    if (isEnd(at)) return at + 1
  return undefined
}

function hides(text: string, holdsSecret: (decoded: string) => boolean, depth: number): boolean {
  if (holdsSecret(text)) return true
  if (depth === deepest) return false
  return [...text.matchAll(mayBeEncoded)].some(([run]) =>
    decodingsOf(run).some((decoded) => hides(decoded, holdsSecret, depth + 1)),
  )
}

function decodingsOf(run: string): readonly string[] {
  if (run.includes('%')) return percentDecoded(run)
  const digits = run.replaceAll(/0x|\\x|[ :,]/g, '')
  if (/^(?:[0-9a-f]{2})+$/i.test(digits)) return printable(Buffer.from(digits, 'hex'))
  return printable(Buffer.from(run.replaceAll(/\r?\n|\\+(?:r\\*)?n/g, ''), 'base64'))
}

function percentDecoded(run: string): readonly string[] {
  try {
    return [decodeURIComponent(run)]
  } catch {
    return []
  }
}

/** Empty for what is not text: digests and other identifiers. PowerShell encodes UTF-16. */
function printable(bytes: Buffer): readonly string[] {
  const texts = [bytes.toString('utf8'), bytes.toString('utf16le')]
  return texts.filter((text) => /^[\t\n\r\x20-\x7e\u00a0-\u024f]+$/.test(text))
}
