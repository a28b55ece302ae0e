import { expect } from 'vitest'
import { redact } from '../../packages/gate-kernel/src/secrets/redact.ts'
import { spec } from '../spec.ts'

const base64 = (text: string, encoding: BufferEncoding = 'utf8'): string =>
  Buffer.from(text, encoding).toString('base64')
const hex = (text: string): string => Buffer.from(text).toString('hex')
const signs = (text: string, write: (code: number) => string): string =>
  text.replace(/[_+/-]/g, (sign) => write(sign.charCodeAt(0)))
const each = (text: string, write: (code: number) => string): string =>
  Array.from(text, (letter) => write(letter.charCodeAt(0))).join('')
const inHex = (code: number): string => code.toString(16).padStart(2, '0')

/** How a secret looks after it went through another program's format. */
const written: Readonly<Record<string, (secret: string) => string>> = {
  hexadecimal: hex,
  'hexadecimal in capitals': (secret) => hex(secret).toUpperCase(),
  'a dump of bytes': (secret) => hex(secret).replace(/../g, '$& '),
  'bytes of a fingerprint': (secret) => hex(secret).replace(/..(?=.)/g, '$&:'),
  'bytes of a string literal': (secret) => hex(secret).replace(/../g, String.raw`\x$&`),
  base64,
  'base64, twice': (secret) => base64(base64(secret)),
  'base64 of UTF-16, as PowerShell has it': (secret) => base64(secret, 'utf16le'),
  'base64 of a text with other letters': (secret) => base64(`clé: ${secret}`),
  'base64 in lines': (secret) =>
    base64(`${'x'.repeat(20)} ${secret} ${'y'.repeat(60)}`).replace(/.{40}/g, '$&\n'),
  'base64 in lines in JSON': (secret) => base64(secret).replace(/.{20}/g, String.raw`$&\n`),
  'base64 in a percent-encoded URL': (secret) => encodeURIComponent(`a=${base64(secret)}`),
  'each byte percent-encoded': (secret) => hex(secret).replace(/../g, '%$&'),
  'percent-encoded, twice': (secret) => hex(secret).replace(/../g, '%25$&'),
  'some signs percent-encoded': (secret) => signs(secret, (code) => `%${inHex(code)}`),
  'HTML entities': (secret) => signs(secret, (code) => `&#${code};`),
  'hexadecimal HTML entities': (secret) => signs(secret, (code) => `&#x${inHex(code)};`),
  'escapes of JSON': (secret) => signs(secret, (code) => String.raw`\u00${inHex(code)}`),
  'escaped escapes of JSON': (secret) => signs(secret, (code) => String.raw`\\u00${inHex(code)}`),
  'escaped slashes': (secret) => secret.replaceAll('/', String.raw`\/`),
  'a part in color': (secret) => `${secret.slice(0, 10)}\u001b[01;31m${secret.slice(10)}\u001b[0m`,
  'a character without width': (secret) => `${secret.slice(0, 10)}\u200b${secret.slice(10)}`,
  'UTF-16 read as Latin-1': (secret) => Array.from(secret).join('\0'),
  'a letter typed over': (secret) => `${secret.slice(0, 10)}x\b${secret.slice(10)}`,
  'octal escapes': (secret) => each(secret, (code) => `\\${code.toString(8)}`),
  'octal escapes of three digits': (secret) =>
    each(secret, (code) => `\\${code.toString(8).padStart(3, '0')}`),
  'octal escapes of a shell': (secret) =>
    each(secret, (code) => String.raw`\0${code.toString(8).padStart(3, '0')}`),
  'octal escapes in JSON': (secret) => signs(secret, (code) => String.raw`\\${code.toString(8)}`),
  'quoted-printable': (secret) => each(secret, (code) => `=${inHex(code).toUpperCase()}`),
  'quoted-printable signs': (secret) => signs(secret, (code) => `=${inHex(code).toUpperCase()}`),
  'a line that quoted-printable breaks': (secret) => `${secret.slice(0, 15)}=\n${secret.slice(15)}`,
  'such a line with its return': (secret) => `${secret.slice(0, 15)}=\r\n${secret.slice(15)}`,
  'two texts that are added': (secret) => `"${secret.slice(0, 10)}" + "${secret.slice(10)}"`,
  'two texts with a dot between them': (secret) => `'${secret.slice(0, 4)}'.'${secret.slice(4)}'`,
  'texts that Python joins': (secret) => `('${secret.slice(0, 8)}' '${secret.slice(8)}')`,
  'texts in two lines': (secret) => `"${secret.slice(0, 12)}" +\n    "${secret.slice(12)}"`,
  'three texts': (secret) =>
    `"${secret.slice(0, 3)}" & "${secret.slice(3, 20)}" & "${secret.slice(20)}"`,
  'a line that goes on': (secret) => `${secret.slice(0, 15)}\\\n${secret.slice(15)}`,
}

const token = `ghp_${'aB3dE5fG7hJ9'.repeat(3)}`
const value = 'correct-horse_battery/staple+9'

for (const [way, write] of Object.entries(written))
  spec('GATE/NFR-003', `a secret is found in ${way}`, () => {
    for (const secret of [token, value]) {
      const text = write(secret)
      const clean = redact(`before ${text} after`, [value])
      expect(clean).toMatch(/^before [^]*\[redacted:[a-z-]+\][^]* after$/)
      expect(clean).not.toContain(text.slice(-12))
      expect(redact(clean, [value])).toBe(clean)
      const document = JSON.stringify({ log: `before ${text} after`, next: [1] })
      expect(JSON.parse(redact(document, [value]))).toMatchObject({ next: [1] })
    }
  })

spec('GATE/NFR-003', 'what is only encoded, escaped or colored stays as it is', () => {
  const texts = [
    String.raw`C:\137\064 s/(a)(b)/\2\1/ \033[0m`,
    'a=3D"b" retries=20=40 sum==2A',
    '\u001b[32mtests/test_a.py::test_0 PASSED\u001b[0m [ 33%]',
    `sha256:${hex('\u0001\u00ff'.repeat(8))}`,
    'sha512-BC3GYNmBVxUcMKw1yXoJbmNN8Fm+hQHGPkKhXSdRNdLyVLoHDPqpvRUMYlXhTnbh1XqCYLq6xKwlCSyuTg3Jzw==',
    String.raw`{"name":"caf\u00e9","path":"a\/b\/c","line":"one\ntwo"}`,
    'https://e.example/a%20b?q=caf%C3%A9&page=2#top',
    base64('only a sentence, nothing else in it'),
    '67 68 70 5f 61 42 33 64 45 35 66 47 37 68 4a',
    'packages/gate-kernel/src/secrets/encoded.ts\npackages/gate-kernel/src/secrets/escaped.ts',
    'a &#35; b &amp; c',
  ]
  for (const text of texts) expect(redact(text, [value])).toBe(text)
})

/** Beginnings of secrets and of escapes, over and over: each of them may go on to the end of the text. */
const beginnings = [
  '\\',
  '\\r',
  '\\1',
  '\\01',
  '=',
  '=\r',
  '=4',
  'eyJ-',
  '%25',
  '&#0',
  'ab ',
  `${'aB3/'.repeat(6)}\\`,
  '\u001b[0',
]

spec(
  'GATE/NFR-003',
  'what only begins like a secret, two million letters long, holds nobody up',
  () => {
    // In quadratic time this would take an hour.
    for (const one of beginnings) {
      const text = one.repeat(2_000_000 / one.length)
      expect(redact(text) === text, JSON.stringify(one)).toBe(true)
    }
  },
)

spec(
  'GATE/NFR-003',
  'what is too long to be searched is removed, and the lines around it stay',
  () => {
    const hidden = base64(`header ghp_${'Zk3'.repeat(13)} more`)
    const text = `first ${hidden} line\n${'ab'.repeat(8_000_000)}\nlast ${hidden} line\n`
    expect(redact(text)).toBe(
      ['first X line', 'X', 'last X line', '']
        .join('\n')
        .replaceAll('X', '[redacted:encoded-secret]'),
    )
  },
)
