import fc from 'fast-check'
import { expect } from 'vitest'
import { canonicalUrl, endpointUrl, serverUrl } from '../../packages/sync-engine/src/target/url.ts'
import { spec } from '../spec.ts'

spec('SYNC/T022', 'spellings of one address become one', () => {
  const spellings = [
    'https://sync.example.org',
    ' HTTPS://Sync.Example.ORG:443/ ',
    'https://sync.example.org///',
    'https://user:secret@sync.example.org/?token=1#part',
  ]
  expect(new Set(spellings.map((text) => canonicalUrl(text)))).toEqual(
    new Set(['https://sync.example.org']),
  )
  expect(canonicalUrl('http://münchen.example:80/Api/')).toBe('http://xn--mnchen-3ya.example/Api')
})

spec('SYNC/T022', 'addresses that differ in host, port or path stay different', () => {
  const different = [
    'http://a.org',
    'https://a.org',
    'https://a.org:8443',
    'https://a.org/x',
    'https://a.org/X',
  ]
  expect(new Set(different.map((text) => canonicalUrl(text))).size).toBe(different.length)
})

spec('SYNC/T022', 'a canonical address is its own canonical address', () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
      const once = canonicalUrl(url)
      expect(canonicalUrl(once)).toBe(once)
    }),
  )
})

spec('SYNC/T022', 'what is no web address is refused without repeating its secrets', () => {
  for (const text of [
    '',
    'sync.example.org',
    'file:///etc/passwd',
    'ftp://user:secret@host?token=secret',
  ])
    expect(() => canonicalUrl(text)).toThrow(expect.objectContaining({ code: 'url-invalid' }))
  expect(() => canonicalUrl('ftp://user:secret@host?token=secret')).toThrow(/^(?!.*secret)/)
})

spec(
  'SYNC/T022',
  'a typed address that carries more than host and path is refused without repeating it',
  () => {
    for (const read of [endpointUrl, serverUrl])
      for (const text of [
        'http://user:hunter2@host/b?token=hunter2',
        'http://hunter2@host/b',
        'https://host/b?token=hunter2',
        'https://host/b#hunter2',
        'http://user:hun#ter2@host/hunter2@x',
        'user:hunter2@host/b',
      ]) {
        const refused = expect(() => read(text))
        refused.toThrow(expect.objectContaining({ code: 'url-invalid' }))
        refused.toThrow(/^(?!.*(hunter2|ter2|hun))/s)
      }
  },
)

spec('SYNC/T035', 'the address of an endpoint is kept to the letter', () => {
  for (const text of ['https://host/In/', 'https://host/in', 'https://host:8443/a%20b/'])
    expect(endpointUrl(text)).toBe(text)
})
