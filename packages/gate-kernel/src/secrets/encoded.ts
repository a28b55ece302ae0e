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

/** Runs of text that may be base64 or percent-encoded text, long enough to hide a token. */
const mayBeEncoded =
  /(?<![A-Za-z0-9+\/_-])[A-Za-z0-9+\/_-]{20,}={0,2}|(?<![\w.~+%-])(?:%[0-9A-Fa-f]{2}|[\w.~+-]){12,}/g

/**
 * Replaces what hides a secret behind an encoding.
 *
 * @param holdsSecret whether a decoded text contains one
 */
export function replaceEncoded(
  text: string,
  holdsSecret: (decoded: string) => boolean,
  replacement: () => string,
): string {
  return text.replace(mayBeEncoded, (run) => {
    const decoded = run.includes('%') ? percentDecoded(run) : base64Decoded(run)
    return decoded !== null && holdsSecret(decoded) ? replacement() : run
  })
}

function percentDecoded(run: string): string | null {
  try {
    return decodeURIComponent(run)
  } catch {
    return null
  }
}

/** Null for what does not decode to printable text: digests and other identifiers. */
function base64Decoded(run: string): string | null {
  if (/^[0-9a-f]+$/i.test(run)) return null
  const text = Buffer.from(run, 'base64').toString('latin1')
  return /^[\t\n\r\x20-\x7e]+$/.test(text) ? text : null
}
