import fc from 'fast-check'
import { expect } from 'vitest'
import { knownSecrets } from '../../packages/phase4-gate/src/world/known-secrets.ts'
import { redact, redactAll } from '../../packages/gate-kernel/src/secrets/redact.ts'
import { spec } from '../spec.ts'
import { testRun } from './workspace.ts'

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

/** What is written, and what is left of it. */
const surrounded: readonly (readonly [string, string, string])[] = [
  [
    'a bearer token',
    `Authorization: Bearer ${random}; more`,
    'Authorization: Bearer [redacted:authorization]; more',
  ],
  [
    'a bearer token in JSON',
    `{"authorization":"Bearer ${random}"}`,
    '{"authorization":"Bearer [redacted:authorization]"}',
  ],
  ['a bearer token in a sentence', `bearer ${random} sent`, 'bearer [redacted:authorization] sent'],
  [
    'an authorization that is only a word',
    'authorization: token swordfish, sent',
    'authorization: token [redacted:authorization], sent',
  ],
  [
    'a basic credential',
    `authorization: basic ${random}==`,
    'authorization: basic [redacted:authorization]',
  ],
  ['a Fly token', `FlyV1 fm2_${random},fm2_x`, 'FlyV1 [redacted:fly-token],fm2_x'],
  [
    'credentials in a URL',
    `https://user:${random}@index.example/simple/`,
    'https://[redacted:url-credentials]@index.example/simple/',
  ],
  [
    'a token in a URL',
    `https://${random}@github.com/owner/repo`,
    'https://[redacted:url-credentials]@github.com/owner/repo',
  ],
  [
    'a session token',
    `{"session_token": "${random}"}`,
    '{"session_token": "[redacted:credential]"}',
  ],
  [
    'an access token in escaped JSON',
    `"{\\"access_token\\":\\"${random}\\"}"`,
    '"{\\"access_token\\":\\"[redacted:credential]\\"}"',
  ],
  [
    'a refresh token in a form',
    `grant_type=refresh&refresh_token=${random}`,
    'grant_type=refresh&refresh_token=[redacted:credential]',
  ],
  [
    'a session cookie',
    `Cookie: sessionid=${random}; theme=dark`,
    'Cookie: sessionid=[redacted:cookie]; theme=dark',
  ],
  ['a device code', `device_code=${random}`, 'device_code=[redacted:credential]'],
  [
    'a private key',
    `a\n-----BEGIN PRIVATE KEY-----\n${random}\n-----END PRIVATE KEY-----\nb`,
    'a\n[redacted:private-key]\nb',
  ],
]

for (const [name, text, left] of surrounded) {
  spec('GATE/NFR-003', `${name} is redacted and what surrounds it stays`, () => {
    expect(redact(text)).toBe(left)
  })
}

spec('GATE/NFR-003', 'each place of a secret is named, and only secrets are', () => {
  const { found } = redactAll(`ghp_${random} password=${random}`, ['swordfish'])
  expect(found).toEqual(['github-token', 'credential'])
  expect(redactAll('nothing', ['swordfish']).found).toEqual([])
})

spec('GATE/NFR-003', 'a literal of six characters is a secret, a shorter one is a word', () => {
  expect(redact('sesame opens', ['sesame', 'opens'])).toBe('[redacted:known-token] opens')
})

spec('GATE/NFR-003', 'the tokens of this process are known by the names they go by', async () => {
  await using world = await testRun()
  const held = Object.fromEntries(
    ['GH_TOKEN', 'SPEC_KITTY_SAAS_TOKEN', 'FLY_API_TOKEN', 'PYPI_TOKEN', 'TWINE_PASSWORD'].map(
      (name) => [name, `secret of ${name}`],
    ),
  )
  const { world: configured } = world.run
  const github = { ...configured.github, tokenEnv: 'OWN_TOKEN' }
  const service = { ...configured.service, tokenEnv: 'SERVICE_TOKEN' }
  const own = { OWN_TOKEN: 'own secret', SERVICE_TOKEN: 'secret of the service' }
  const env = { ...held, ...own, GITHUB_TOKEN: 'sesame', HOME: '/home/user' }
  expect(knownSecrets({ ...configured, github, service }, env).sort()).toEqual(
    [...Object.values(held), ...Object.values(own), 'sesame'].sort(),
  )
  expect(knownSecrets(configured, { GH_TOKEN: 'words' })).toEqual([])
})

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

spec('GATE/NFR-003', 'held secrets that are parts of another one leave nothing of it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(secrets)),
      fc.array(fc.tuple(fc.nat({ max: 60 }), fc.integer({ min: 6, max: 12 })), { maxLength: 3 }),
      (secret, parts) => {
        const held = parts.map(([from, length]) => secret.slice(from, from + length))
        const clean = redact(`x ${secret} y`, held)
        expect(clean).toMatch(/^x \[redacted:[\w-]+\] y$/)
      },
    ),
  )
  const [one, other] = ['swordfish-nine', 'fish-nine-lives']
  expect(redact('x swordfish-nine-lives y', [one, other])).toBe('x [redacted:known-token] y')
})

spec('GATE/NFR-003', 'a long line without spaces is redacted in time', () => {
  const startedMs = performance.now()
  for (const part of ['a.', 'a-', 'x://', 'bearer ', 'access_token=']) {
    redact(part.repeat(200_000))
  }
  expect(performance.now() - startedMs).toBeLessThan(10_000)
})
