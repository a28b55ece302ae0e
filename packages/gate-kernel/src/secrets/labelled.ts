import type { SecretKind } from './secret-kind.ts'

// A key ends in one of these words; `tokenEnv` or `passwordless` are other words. The value may be
// quoted, also with escaped quotes, and ends where the quote or the assignment ends.
const keyWords =
  '(?:pass(?:word|wd|phrase)|(?<=[_-])(?:pwd|pass)|secret|secret_key_base|token|api_?key|apikey|access_?key(?:_?id)?|private_?key|' +
  'secret_?key|account_?key|signing_?key|encryption_?key|client_?key(?:_?data)?|credentials?|' +
  'auth_?key|_auth(?:token)?|device_?code|session_?id|session_?key|dsn|connection_?string)'

/** Secrets that are recognized by what is written before them. */
export const labelled: readonly SecretKind[] = [
  {
    name: 'private-key',
    hints: ['PRIVATE KEY', 'PuTTY-User-Key-File'],
    pattern:
      /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  {
    name: 'private-key',
    hints: ['PuTTY-User-Key-File'],
    pattern: /(?<keep>PuTTY-User-Key-File-\d+:)(?!\s*\[)[\s\S]*?(?:Private-MAC: *[0-9a-f]+|$)/g,
  },
  {
    name: 'url-credentials',
    hints: ['://'],
    pattern: /(?<keep>[a-z][a-z0-9+.-]{0,30}:\/\/)(?!\[)[^\s/?#"'@\\]+(?=@)/gi,
  },
  {
    name: 'signature',
    hints: null,
    pattern:
      /(?<keep>[?&](?:sig|signature|x-amz-signature|x-goog-signature|x-amz-security-token)=)(?!\[)[^\s&"'\\]{8,}/gi,
  },
  {
    name: 'authorization',
    hints: null,
    pattern: /(?<keep>\b(?:bearer|basic)\s+)(?=[A-Za-z._~+/-]*\d)[A-Za-z0-9._~+/-]{8,}=*/gi,
  },
  {
    name: 'authorization',
    hints: null,
    pattern:
      /(?<keep>\b(?:proxy-)?authorization\\?["']?\s*[:=]\s*\\?["']?(?:(?:bearer|basic|token|digest|apikey|negotiate)\s+)?)(?!bearer\b|basic\b|token\b|digest\b)[^\s"'\\,;[]{6,}/gi,
  },
  {
    name: 'session-header',
    hints: null,
    pattern:
      /(?<keep>\bx-(?:[a-z]{1,20}-){0,4}(?:token|key|secret|session|session-id|signature|auth)\\?["']?\s*[:=]\s*\\?["']?)(?![[\s])[^\s"'\\,;]{6,}/gi,
  },
  {
    name: 'cookie',
    hints: null,
    pattern:
      /(?<keep>\b(?:[a-z0-9_-]{0,30}sess(?:ion)?(?:_?id)?(?:_token)?|csrftoken|sid|jsessionid|phpsessid|connect\.sid|remember_token|[a-z_-]{0,30}auth[a-z_-]{0,30})=)(?!\[)[^\s;"'\\&]{6,}/gi,
  },
  {
    name: 'cookie',
    hints: null,
    pattern:
      /(?<keep>\b(?:set-)?cookie\\?["']?\s*:\s{0,4}\\?["']?[\w.-]{1,60}=)(?!\[)[^\s;"'\\]{6,}/gi,
  },
  {
    name: 'credential',
    hints: null,
    pattern: new RegExp(
      `(?<keep>${keyWords}` +
        String.raw`\\{0,3}["']?\s{0,4}(?::=|=>|[:=])\s{0,4}\\{0,3}["']?)(?![[\s{(<$*"'\\]|-?\d+(?:\.\d+)?(?![\w.-]))[^\s"'\\,;}&<>\[\](){}]{6,}`,
      'gi',
    ),
  },
  {
    name: 'credential',
    hints: null,
    pattern:
      /(?<keep>--(?:pass(?:word|wd|phrase)?|token|secret|api-key|access-token)\s+["']?)(?![-[\s])[^\s"'\\]{6,}/gi,
  },
  {
    name: 'credential',
    hints: ['-u', '--user ', '--proxy-user '],
    pattern:
      /(?<keep>(?<=\s)(?:-u *|--(?:proxy-)?user +)["']?[^\s:"'[]{1,64}:)(?![\d:]+(?:\s|$))[^\s"'[]{6,}/g,
  },
  {
    name: 'credential',
    hints: ['sshpass'],
    pattern: /(?<keep>\bsshpass +-p *["']?)(?![[\s])[^\s"'[]{6,}/g,
  },
  {
    name: 'credential',
    hints: ['mysql', 'mariadb', 'redis-cli'],
    pattern:
      /(?<keep>\b(?:(?:mysql|mariadb)(?:-?dump|admin)? [^\n]{0,200}?(?<=\s)-p|redis-cli [^\n]{0,200}?(?<=\s)-a +)["']?)(?![[\s-])[^\s"'[]{6,}/g,
  },
  {
    name: 'credential',
    hints: ['machine '],
    pattern:
      /(?<keep>\bmachine\s+\S{1,253}\s+(?:login\s+\S{1,99}\s+)?password\s+)(?!\[)[^\s"'\\]{4,}/g,
  },
  {
    name: 'credential',
    hints: ['"auth', '\\"auth'],
    pattern: /(?<keep>"auth\\?"\s{0,4}:\s{0,4}\\?")(?!\[)[A-Za-z0-9+/=_-]{8,}/g,
  },
  {
    name: 'credential',
    hints: ['|', '>'],
    pattern: new RegExp(
      `(?<keep>${keyWords}` + String.raw`["']?:[ ]*[|>][+-]?[ ]*\r?\n[ ]+)(?!\[)\S{6,}`,
      'gi',
    ),
  },
]

const secretKey = new RegExp(`${keyWords}$`, 'i')

/** Whether a key of a document announces a secret as its value. */
export function announcesSecret(key: string): boolean {
  return secretKey.test(key) || /^(?:proxy-)?authorization$|^(?:set-)?cookie$/i.test(key)
}
