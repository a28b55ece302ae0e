import { SyncError } from '../errors.ts'

/** Where an address was read, and how it is set right there. */
export interface UrlPlace {
  readonly where: string
  readonly next: string
}

const GIVEN: UrlPlace = {
  where: 'server URL',
  next: 'give an absolute address, for example https://sync.example.org',
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

function invalid(text: string, place: UrlPlace): SyncError {
  return new SyncError({
    code: 'url-invalid',
    what: `"${withoutSecrets(text)}" is not an http or https address`,
    ...place,
  })
}

/** An address may carry a password or a token; a message must not. */
function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '')
}
