import { lintSource } from '@secretlint/core'
import { creator } from '@secretlint/secretlint-rule-preset-recommend'
import { expect } from 'vitest'
import { redact } from '../../packages/gate-kernel/src/secrets/redact.ts'
import { publicText } from '../../packages/gate-kernel/src/secrets/public-text.ts'
import { spec } from '../spec.ts'

const mixed = 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA3bC5dE7fG9hJ1kL2mN4pQ6rS8tU0'
const hex = '0123456789abcdef'.repeat(4)
const upper = 'A2B3C4D5E6F7G8H9'

/** Head and tail apart, so that no scanner takes this file for a leak. */
const shapes: readonly (readonly [head: string, tail: string])[] = [
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'npm_', 'hf_', 'sk_live_', 'rk_live_', 'whsec_'].map(
    (head) => [head, mixed.slice(0, 36)] as const,
  ),
  ...[
    'github_pat_',
    'glpat-',
    'gldt-',
    'glrt-',
    'glptt-',
    'pypi-',
    'AIza',
    'GOCSPX-',
    'ya29.',
    'sk-ant-api03-',
    'sk-proj-',
    'sk-',
  ].map((head) => [head, mixed.slice(0, 40)] as const),
  ...[
    'dckr_pat_',
    'figd_',
    'hvs.',
    'tskey-',
    'lin_api_',
    'nfp_',
    'r8_',
    'gsk_',
    'xai-',
    'pplx-',
    'sbp_',
    'sq0atp-',
    'glsa_',
    'CFPAT-',
    'CCIPAT_',
    'bkua_',
    'NRAK-',
    'ntn_',
    'ATATT3',
    'pscale_tkn_',
    'sntrys_',
    'AKCp',
  ].map((head) => [head, mixed.slice(0, 48)] as const),
  ...['AKIA', 'ASIA'].map((head) => [head, upper] as const),
  ...['dop_v1_', 'rubygems_', 'sqp_'].map(
    (head) => [head, hex.slice(0, head === 'sqp_' ? 40 : 64)] as const,
  ),
  ...['shpat_', 'key-', 'dapi'].map((head) => [head, hex.slice(0, 32)] as const),
  ['xoxb-', `123456789012-${mixed.slice(0, 24)}`],
  ['SG.', `${mixed.slice(0, 22)}.${mixed.slice(0, 43)}`],
  ['//registry.example/:_authToken=', mixed.slice(0, 36)],
  ['DATABASE_PASSWORD=', 'swordfish-9'],
  ['X-Session-Token: ', mixed.slice(0, 24)],
  ['Set-Cookie: sessionid=', mixed.slice(0, 24)],
  ['AccountKey=', `${mixed.slice(0, 60)}==`],
  ['aws_secret_access_key = ', mixed.slice(0, 40)],
  ['https://hooks.slack.com/services/', `T00000000/B00000000/${mixed.slice(0, 24)}`],
  ['https://operator:', `${mixed.slice(0, 20)}@`],
  ['xkeysib-', `${hex}-${mixed.slice(0, 16)}`],
  ['re_', `${mixed.slice(0, 8)}_${mixed.slice(8, 32)}`],
  ['lsv2_pt_', `${hex.slice(0, 32)}_${hex.slice(0, 10)}`],
  ['sk.eyJ1Ijoi', `${mixed.slice(0, 50)}.${mixed.slice(0, 22)}`],
  ['oy2', mixed.toLowerCase().slice(0, 43)],
  ['0/', hex.slice(0, 32)],
  // Of issuers that no list knows.
  ...['sk_acme_', 'acme_pat_', 'acme-api-v2-', 'corp_secret_live_', 'tok_', 'svc-key-'].map(
    (head) => [head, mixed.slice(0, 40)] as const,
  ),
  ['DB_PASS=', mixed.slice(0, 14)],
  ['SECRET_KEY_BASE=', hex],
]

/** Only where they are written: not within an encoded text, which no program of the gate's writes so. */
const written: readonly (readonly [head: string, tail: string, end?: string])[] = [
  ['machine git.example login operator password ', mixed.slice(0, 20)],
  ['curl -u operator:', mixed.slice(0, 16), ' https://e.example'],
  ['curl --user "operator:', mixed.slice(0, 16), '"'],
  ['curl -uoperator:', mixed.slice(0, 16), ' https://e.example'],
  ['login --pass ', mixed.slice(0, 12)],
  ['mysql -u root -p', mixed.slice(0, 12), ' db'],
  ['redis-cli -h r.example -a ', mixed.slice(0, 14), ' ping'],
  ['sshpass -p ', mixed.slice(0, 12), ' ssh host'],
  ['{"auths":{"r.example":{"auth":"', `${mixed.slice(0, 26)}==`, '"}}}'],
  ['  password: |\n    ', mixed.slice(0, 12)],
]

const around: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => JSON.stringify({ text: `line\n${secret}` }),
  (secret) => JSON.stringify(JSON.stringify(`line\n${secret}\n`)),
  (secret) => `\u001b[32m${secret}\u001b[0m`,
  (secret) => `x=${encodeURIComponent(`a\n${secret}`)}`,
  (secret) => Buffer.from(`header ${secret} more`).toString('base64'),
]

spec(
  'GATE/NFR-003',
  'sixty shapes of secrets are found, also escaped, encoded and in color',
  () => {
    expect(shapes.length).toBeGreaterThanOrEqual(60)
    const left = shapes.flatMap(([head, tail]) =>
      around.flatMap((write, index) => {
        const clean = redact(write(`${head}${tail}`))
        const decoded = Buffer.from(clean, 'base64').toString('latin1')
        return clean.includes(tail.slice(-12)) || decoded.includes(tail.slice(0, 12))
          ? [`${head} written in way ${index}`]
          : []
      }),
    )
    expect(left).toEqual([])
  },
)

spec('GATE/NFR-003', 'what a tool is called with, and what it keeps in a file, is found', () => {
  for (const [head, tail, end = ''] of written) {
    const clean = redact(`$ ${head}${tail}${end}`)
    expect(clean, head).not.toContain(tail.slice(0, 8))
    expect(clean.startsWith(`$ ${head}[redacted:`), clean).toBe(true)
    expect(clean.endsWith(`]${end}`), clean).toBe(true)
    expect(redact(clean)).toBe(clean)
  }
  for (const text of [
    'docker run -u 1000:1000 image',
    'mysql -u root --protocol=tcp db',
    'git push -u origin main',
    'token_bucket_limit_is_reached_for_tenants',
    'test_secret_rotation_in_three_steps PASSED',
    'the password is asked for; machine two answers',
    'api-version-2026-11-30',
    'sha-key-0123456789abcdef',
  ])
    expect(redact(text)).toBe(text)
})

spec('GATE/NFR-003', 'a second scanner finds nothing in what is left', async () => {
  const content = redact(shapes.map(([head, tail]) => `${head}${tail}`).join('\n'))
  const { messages } = await lintSource({
    source: { content, filePath: 'log.txt', ext: '.txt', contentType: 'text' },
    options: {
      config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] },
    },
  })
  expect(messages.map(({ message }) => message)).toEqual([])
})

spec(
  ['GATE/FR-011', 'GATE/FR-014'],
  'public text mentions nobody, links nowhere and shows no local path',
  () => {
    const text = publicText(
      '@somebody see #41, [x](https://e.example) <b>\u001b[31mred\u001b[0m /home/operator/run.log `x` | y',
    )
    expect(text).not.toMatch(/@\w|(?<!&)#\d|<|>|\[|`|\||https:\/\/|\/home/)
    expect(text).toContain('…/run.log')
    expect(publicText('z'.repeat(9_999)).length).toBeLessThanOrEqual(300)
  },
)
