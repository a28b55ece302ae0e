import { expect } from 'vitest'
import { understand } from '../../packages/phase4-gate/src/service/reader.ts'
import { spec } from '../spec.ts'

const now = new Date('2026-05-20T12:00:00Z')
const url = 'http://service.example/health/ready/'
const json = { 'content-type': 'application/json' }

function problemsOf(body: string | Uint8Array, headers: Record<string, string> = json) {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return understand(url, 200, headers, bytes, now).problems
}

spec('GATE/FR-005', 'a plain answer has no problems', () => {
  expect(problemsOf('{"status":"ok","oldest_pending_age_seconds":0.5}')).toEqual([])
  expect(problemsOf('{"status":"ok"}', {})).toEqual([])
  expect(
    problemsOf('{"status":"ok"}', { 'content-type': 'application/json; charset=utf-8' }),
  ).toEqual([])
})

const unbelievable: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  ['a key twice', '{"terminal_failed_count":3,"terminal_failed_count":0}', /count: is there twice/],
  ['a key in another case', '{"status":"ok","STATUS":"down"}', /STATUS: looks like status/],
  ['a key of look-alike letters', '{"status":"ok","st\u0430tus":"down"}', /looks like status/],
  ['a key with an invisible letter', '{"status":"ok","sta\u200btus":"x"}', /looks like status/],
  ['a count with a fraction', '{"terminal_failed_count":0.0}', /not written as an integer/],
  ['a count with an exponent', '{"terminal_failed_count":0e9}', /not written as an integer/],
  ['minus zero', '{"terminal_failed_count":-0}', /is minus zero/],
  ['a count that no double holds', '{"n":9007199254740993}', /larger than can be read exactly/],
  ['a byte order mark', '\ufeff{"status":"ok"}', /byte order mark/],
  ['Latin-1', Buffer.from('{"status":"\u00e9"}', 'latin1'), /not valid UTF-8/],
  ['UTF-16', Buffer.from('{"status":"ok"}', 'utf16le'), /NUL|UTF-8|JSON/],
  ['a lone surrogate', '{"status":"\\ud800"}', /well-formed/],
  ['100 KB', `{"status":"ok","more":"${'x'.repeat(100_000)}"}`, /at most 16384 are read/],
  ['a cut-off end', '{"status":"ok"', /not a JSON document/],
  ['bytes behind the end', '{"status":"ok"}{"status":"down"}', /not a JSON document/],
  ['nothing', '', /is empty/],
  ['brackets without end', '['.repeat(9_000) + ']'.repeat(9_000), /nested deeper|16384/],
  ['a prototype', '{"__proto__":{"status":"ok"}}', /not a key/],
  ['a comment', '{"status":"ok"} // fine', /not a JSON document/],
]

for (const [what, body, says] of unbelievable) {
  spec('GATE/FR-005', `an answer is not believed: ${what}`, () => {
    expect(problemsOf(body).join()).toMatch(says)
  })
}

spec('GATE/FR-005', 'headers that change what a body means are not skipped', () => {
  const body = '{"status":"ok"}'
  for (const [headers, says] of [
    [{ 'content-type': 'text/html' }, /content type/],
    [{ 'content-type': 'application/json; charset=iso-8859-1' }, /content type/],
    [{ 'content-encoding': 'gzip' }, /content encoding/],
    [{ age: 'many' }, /not a number of seconds/],
    [{ age: '5, 90000' }, /not a number of seconds/],
    [{ date: 'Wed, 20 May 2026 14:00:00 GMT' }, /not in the past/],
    [{ date: 'yesterday' }, /not in the past/],
    [{ warning: '110 - "Response is Stale"' }, /says that it is stale/],
    [{ warning: '299 - "old API", 111 proxy "Revalidation Failed"' }, /says that it is stale/],
  ] as const) {
    expect(problemsOf(body, { ...json, ...headers }).join()).toMatch(says)
  }
  expect(problemsOf(body, { ...json, warning: '299 - "in room 110"' })).toEqual([])
  const old = { ...json, date: 'Mon, 18 May 2026 12:00:00 GMT' }
  expect(understand(url, 200, old, Buffer.from(body), now).ageSeconds).toBe(48 * 3600)
})

spec('GATE/NFR-003', 'a secret in an answer is gone before anything can keep it', () => {
  const body = JSON.stringify({
    status: 'ok',
    api_key: 'swordfish9',
    note: `ghp_${'a1'.repeat(18)}`,
  })
  expect(understand(url, 200, json, Buffer.from(body), now).body).toEqual({
    ...{ status: 'ok', api_key: '[redacted:credential]', note: '[redacted:github-token]' },
  })
})
