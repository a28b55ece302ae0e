import fc from 'fast-check'
import { expect } from 'vitest'
import { redact } from '../../src/gate/redact.ts'
import { spec } from '../spec.ts'

const random = 'Zk3'.repeat(13)
const secrets: Readonly<Record<string, string>> = {
  'a fine-grained GitHub token': `github_pat_${random}`,
  'a classic GitHub token': `ghp_${random}`,
  'a GitHub OAuth token': `gho_${random}`,
  'a GitHub app token': `ghs_${random}`,
  'a PyPI token': `pypi-AgEIcHlwaS5vcmc${random}`,
  'a JSON web token': `eyJhbGciOiJIUzI1NiJ9.${random}.${random}`,
}

for (const [name, secret] of Object.entries(secrets)) {
  spec('GATE/NFR-003', `${name} never survives, wherever it stands`, () => {
    for (const text of [
      secret,
      `x ${secret} y`,
      `{"a":"${secret}"}`,
      `t=${secret}&u=1`,
      `'${secret}'`,
    ]) {
      expect(redact(text)).not.toContain(random)
    }
  })
}

const surrounded: readonly (readonly [string, string])[] = [
  ['a bearer token', `Authorization: Bearer ${random}`],
  ['a bearer token in JSON', `{"authorization":"Bearer ${random}"}`],
  ['a basic credential', `authorization: basic ${random}==`],
  ['credentials in a URL', `https://user:${random}@index.example/simple/`],
  ['a token in a URL', `https://${random}@github.com/owner/repo`],
  ['a session token', `{"session_token": "${random}"}`],
  ['an access token in escaped JSON', `"{\\"access_token\\":\\"${random}\\"}"`],
  ['a refresh token in a form', `grant_type=refresh&refresh_token=${random}`],
  ['a session cookie', `Cookie: sessionid=${random}; theme=dark`],
  ['a device code', `device_code=${random}`],
  ['a private key', `-----BEGIN PRIVATE KEY-----\n${random}\n-----END PRIVATE KEY-----`],
]

for (const [name, text] of surrounded) {
  spec('GATE/NFR-003', `${name} is redacted and what surrounds it stays`, () => {
    const clean = redact(text)
    expect(clean).not.toContain(random)
    expect(clean).toMatch(/\[redacted:[a-z-]+\]/)
  })
}

spec(
  'GATE/NFR-003',
  'a token that this process holds is redacted although it looks like nothing',
  () => {
    expect(redact('the word is swordfish.', ['swordfish'])).toBe(
      'the word is [redacted:known-token].',
    )
  },
)

spec('GATE/NFR-003', 'ordinary evidence is left exactly as it is', () => {
  const run = JSON.stringify({
    outcome: 'fail',
    run_id: '01KS1W46ZAR9S9RJPQQJAMCV6P',
    cli_version: '3.2.0rc16',
    details: "from='for_review' to='in_review'; Errors: 24 (unknown: 24); bearer tokens are absent",
    url: 'https://github.com/owner/repo/issues/41',
    sha: 'cc5e1ca983adff4a45489ce7afe11ad3a3a26e30',
  })
  expect(redact(run)).toBe(run)
})

spec('GATE/NFR-003', 'redacting twice changes nothing, and redacted JSON stays JSON', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(...Object.values(secrets), ...surrounded.map(([, text]) => text)),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
      const text = pieces.join(' ')
      const once = redact(text)
      expect(redact(once)).toBe(once)
      expect(() => JSON.parse(redact(JSON.stringify({ text }))) as unknown).not.toThrow()
    }),
    { numRuns: 500 },
  )
})

spec('GATE/NFR-003', 'a long line without spaces is redacted in time', () => {
  const startedMs = performance.now()
  for (const part of ['a.', 'a-', 'x://', 'bearer ', 'access_token=']) {
    redact(part.repeat(200_000))
  }
  expect(performance.now() - startedMs).toBeLessThan(10_000)
})
