import { advice, specKitty, withRemark, type Remedy } from '../base/remedies.ts'
import { SyncError } from '../base/errors.ts'

/** Where an address was read, and how it is set right there. */
export interface UrlPlace {
  readonly where: string
  readonly remedy: Remedy
}

const GIVEN: UrlPlace = {
  where: 'server URL',
  remedy: advice('give an absolute address, for example https://sync.example.org'),
}

/** Where the address of an external receiver is set. */
export const ENDPOINT_PLACE: UrlPlace = {
  where: '[event_sync] external_endpoint in config.toml',
  remedy: specKitty('sync', 'mode', 'EXTERNAL_RECEIVER', '--endpoint', '<url>'),
}

/**
 * One spelling for one server: scheme and host in lower case (IDNA), no default port, no credentials,
 * query or fragment, no slashes at the end of the path (SYNC/T022).
 * @throws {SyncError} `url-invalid` unless it is an absolute http or https URL
 */
export function canonicalUrl(text: string, place = GIVEN): string {
  const url = URL.parse(text.trim())
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw invalid(text, place)
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`
}

/**
 * The address of an operator's endpoint, kept to the letter: a server may tell `/in` from `/in/`.
 * What a target's identity does not know would be dropped silently, so it is refused.
 * @throws {SyncError} `url-invalid` for anything but an absolute http or https URL of host and path
 */
export function endpointUrl(text: string): string {
  return plainUrl(text, ENDPOINT_PLACE, HEADERS_REMARK).href
}

const HEADERS_REMARK =
  'the address alone; a password or token goes into [event_sync.external_headers] of config.toml'

/**
 * The address of a server as a person types it: canonical, and refused where that would drop something.
 * @throws {SyncError} `url-invalid`
 */
export function serverUrl(text: string): string {
  return canonicalUrl(
    plainUrl(text, GIVEN, 'give scheme, host and path alone; logging in is spec-kitty auth login')
      .href,
  )
}

function plainUrl(text: string, place: UrlPlace, remark: string): URL {
  canonicalUrl(text, place)
  const url = new URL(text.trim())
  const extras = [
    ['a user name or a password', url.username + url.password],
    ['a query', url.search],
    ['a fragment', url.hash],
  ] as const
  const found = extras.filter(([, value]) => value !== '').map(([what]) => what)
  if (found.length === 0) return url
  const what = `the address of ${url.host} carries ${found.join(' and ')}`
  const { where, remedy } = place
  throw new SyncError({ code: 'url-invalid', what, where, remedy: withRemark(remedy, remark) })
}

function invalid(text: string, place: UrlPlace): SyncError {
  return new SyncError({
    code: 'url-invalid',
    what: `"${withoutSecrets(text)}" is not an http or https address`,
    ...place,
  })
}

/** An address may carry a password or a token; a message must not. */
function withoutSecrets(text: string): string {
  return text.replace(/^([a-z]+:\/\/)?.*@/is, '$1').replace(/[?#].*$/s, '')
}
