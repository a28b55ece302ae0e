import { afterEach, expect, vi } from 'vitest'
import { noAnswerText, proxiedClient } from '../../packages/sync-engine/src/base/network.ts'
import { proxyFor } from '../../packages/sync-engine/src/base/proxy.ts'
import { spec } from '../spec.ts'

afterEach(() => vi.unstubAllEnvs())

const VARIABLES = [
  ...['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
] as const
const NO_PROXIES = ['127.0.0.1:3128', 'secret:3128', 'not a secret', '://', 'ftp://secret'] as const

for (const variable of VARIABLES)
  spec(
    ['SYNC/T034', 'SYNC/T077'],
    `${variable} that names no proxy is said to be the trouble, without what it holds`,
    async () => {
      for (const value of NO_PROXIES) {
        vi.stubEnv(variable, value)
        const failed = await proxiedClient('http://service.example').then(
          () => 'it was taken',
          (cause: unknown) => String(cause),
        )
        expect(failed, value).toContain(`the variable ${variable} names no proxy`)
        expect(failed).not.toMatch(/secret|3128/)
      }
      for (const value of ['', 'http://127.0.0.1:1', 'https://user:secret@proxy.example:8080']) {
        vi.stubEnv(variable, value)
        await (await proxiedClient('http://service.example')).close()
      }
    },
  )

/** What `NO_PROXY` says, and addresses that it means and does not mean. */
const EXCEPTED = [
  ['*', ['http://a.example', 'https://[::1]:8443'], []],
  [
    'a.example',
    ['http://a.example', 'http://A.example.:8080', 'https://x.a.example'],
    ['http://ba.example', 'http://example'],
  ],
  ['.a.example', ['http://a.example', 'http://x.y.a.example'], ['http://xa.example']],
  ['*.a.example', ['http://x.a.example', 'http://x.y.a.example'], ['http://a.example']],
  ['A.EXAMPLE:8080', ['http://a.example:8080'], ['http://a.example', 'http://a.example:8081']],
  ['a.example:443', ['https://a.example'], ['http://a.example']],
  ['none.example, , a.example', ['http://a.example'], ['http://b.example']],
  ['none.example a.example', ['http://a.example', 'http://none.example'], []],
  ['10.1.2.3', ['http://10.1.2.3:99'], ['http://10.1.2.30', 'http://110.1.2.3']],
  [
    '10.0.0.0/8',
    ['http://10.255.0.1', 'https://10.0.0.1:8443'],
    ['http://11.0.0.1', 'http://a.example', 'http://[::1]'],
  ],
  [
    '192.168.1.128/25:8080',
    ['http://192.168.1.129:8080'],
    ['http://192.168.1.129', 'http://192.168.1.1:8080'],
  ],
  ['0.0.0.0/0', ['http://8.8.8.8'], ['http://[::1]']],
  ['10.0.0.0/33', [], ['http://10.0.0.0']],
  ['10.*', ['http://10.9.8.7'], ['http://110.9.8.7']],
  ['::1', ['http://[::1]', 'http://[::1]:9000'], ['http://[::2]']],
  ['0:0:0:0:0:0:0:1', ['http://[::1]'], ['http://[::2]']],
  ['[::1]', ['http://[::1]:9000'], ['http://[::11]']],
  ['[::1]:9000', ['http://[::1]:9000'], ['http://[::1]']],
  ['fd00::/8', ['http://[fd12:3456::1]'], ['http://[fe80::1]', 'http://10.0.0.1']],
  ['', [], ['http://a.example']],
] as const satisfies readonly (readonly [string, readonly string[], readonly string[]])[]

spec(
  ['SYNC/T034', 'SYNC/T033'],
  'NO_PROXY means names, addresses, blocks, patterns and ports',
  () => {
    for (const name of ['NO_PROXY', 'no_proxy'])
      for (const [entry, direct, proxied] of EXCEPTED) {
        const env = { ALL_PROXY: 'http://proxy.example:3128', [name]: entry }
        for (const url of direct)
          expect([entry, url, proxyFor(url, env)]).toEqual([entry, url, undefined])
        for (const url of proxied)
          expect([entry, url, proxyFor(url, env)]).toEqual([entry, url, env.ALL_PROXY])
      }
  },
)

spec(
  ['SYNC/T034', 'SYNC/T033'],
  'the variable of the protocol counts before the one for all, small letters first',
  () => {
    const env = { HTTP_PROXY: 'http://large', http_proxy: 'http://small', ALL_PROXY: 'http://all' }
    expect(proxyFor('http://a.example', env)).toBe('http://small')
    expect(proxyFor('http://a.example', { ...env, http_proxy: '' })).toBe('http://all')
    expect(proxyFor('https://a.example', { HTTPS_PROXY: 'http://tls', ...env })).toBe('http://tls')
    expect(proxyFor('https://a.example', { all_proxy: 'http://all' })).toBe('http://all')
    expect(proxyFor('https://a.example', {})).toBeUndefined()
  },
)

spec(
  ['SYNC/T034', 'SYNC/T077'],
  'where a proxy was asked the reason names it, without its login',
  () => {
    vi.stubEnv('http_proxy', 'http://user:secret@proxy.example:3128')
    vi.stubEnv('no_proxy', '')
    const refused = Object.assign(new Error('Proxy Authentication Required (407)'), {
      code: 'UND_ERR_INVALID_ARG',
    })
    for (const cause of [refused, new TypeError('fetch failed', { cause: refused })])
      expect(noAnswerText('http://a.example', cause)).toBe(
        'through the proxy proxy.example:3128: it asks for a login (407); put one into the variable: http://user:password@host',
      )
    const tunnel = new Error('Proxy response (403) !== 200 when HTTP Tunneling')
    expect(noAnswerText('http://a.example', tunnel)).toBe(
      'through the proxy proxy.example:3128: it answered 403',
    )
    vi.stubEnv('no_proxy', 'a.example')
    expect(
      noAnswerText('http://a.example', Object.assign(new Error(''), { code: 'ECONNREFUSED' })),
    ).toBe('ECONNREFUSED')
  },
)
