/**
 * Removes secrets from text before it is stored, shown or published. Each pattern keeps what
 * surrounds the secret, so that a redacted log still reads; what replaces it contains nothing that
 * any pattern matches, so that redacting twice changes nothing, and no quote or backslash, so that
 * redacted JSON stays JSON.
 */
interface SecretKind {
  readonly name: string
  /** Group `keep` is the text before the secret that stays, e.g. `Bearer `. */
  readonly pattern: RegExp
}

const secretKinds: readonly SecretKind[] = [
  {
    name: 'private-key',
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  },
  { name: 'github-token', pattern: /\bgithub_pat_\w{16,}/g },
  { name: 'github-token', pattern: /\bgh[pousr]_[A-Za-z0-9]{16,}/g },
  { name: 'pypi-token', pattern: /\bpypi-[A-Za-z0-9_-]{16,}/g },
  { name: 'fly-token', pattern: /\bfm[12][ar]?_[A-Za-z0-9+/=_-]{16,}/g },
  { name: 'json-web-token', pattern: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g },
  {
    name: 'url-credentials',
    pattern: /(?<keep>\b[a-z][a-z0-9+.-]{0,30}:\/\/)(?!\[)[^\s/?#"'@]+(?=@)/gi,
  },
  {
    name: 'authorization',
    pattern: /(?<keep>\b(?:bearer|basic)\s+)(?=[A-Za-z._~+/-]*\d)[A-Za-z0-9._~+/-]{8,}=*/gi,
  },
  {
    name: 'authorization',
    pattern: /(?<keep>\bauthorization["']?\s*[:=]\s*["']?(?:bearer|basic|token)\s+)[^\s"'\\,;[]+/gi,
  },
  {
    name: 'cookie',
    pattern: /(?<keep>\b(?:sessionid|session_id_token|csrftoken)=)(?!\[)[^\s;"'\\]+/gi,
  },
  {
    name: 'credential',
    pattern:
      /(?<keep>\b(?:access|refresh|session|id|api|auth|daemon)[_-]?token\\?["']?\s*[:=]\s*\\?["']?)(?![[\s])[^\s"'\\,;}&]{8,}/gi,
  },
  {
    name: 'credential',
    pattern:
      /(?<keep>\b(?:client_secret|device_code|password|passwd|api[_-]?key)\\?["']?\s*[:=]\s*\\?["']?)(?![[\s])[^\s"'\\,;}&]{6,}/gi,
  },
]

export interface Redaction {
  readonly text: string
  /** Kinds of the secrets that were replaced, one entry per place, in no particular order. */
  readonly found: readonly string[]
}

/**
 * Replaces every known kind of secret, and every literal in `known` (tokens this process holds).
 * Literals shorter than six characters are ignored: they would cut holes into ordinary words.
 */
export function redactAll(text: string, known: readonly string[] = []): Redaction {
  const found: string[] = []
  const note = (kind: string): string => {
    found.push(kind)
    return `[redacted:${kind}]`
  }
  let result = text
  for (const secret of known) {
    if (secret.length >= 6) result = result.replaceAll(secret, () => note('known-token'))
  }
  for (const { name, pattern } of secretKinds) {
    result = result.replace(pattern, (...match: unknown[]) => keptBy(match) + note(name))
  }
  return { text: result, found }
}

/** {@link redactAll}, where only the text is wanted. */
export function redact(text: string, known: readonly string[] = []): string {
  return redactAll(text, known).text
}

function keptBy(match: readonly unknown[]): string {
  const groups = match.at(-1)
  if (typeof groups !== 'object' || groups === null || !('keep' in groups)) return ''
  return typeof groups.keep === 'string' ? groups.keep : ''
}
