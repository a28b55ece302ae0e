import { SyncError } from '../errors.ts'

/**
 * One spelling for one server: scheme and host in lower case (IDNA), no default port, no credentials,
 * query or fragment, no slashes at the end of the path (SYNC/T022).
 * @throws {SyncError} `url-invalid` unless it is an absolute http or https URL
 */
export function canonicalUrl(text: string): string {
  const url = URL.parse(text.trim())
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw invalid(text)
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`
}

function invalid(text: string): SyncError {
  return new SyncError({
    code: 'url-invalid',
    what: `"${withoutSecrets(text)}" is not an http or https address`,
    where: 'server URL',
    next: 'give an absolute address, for example https://sync.example.org',
  })
}

/** An address may carry a password or a token; a message must not. */
function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '')
}
