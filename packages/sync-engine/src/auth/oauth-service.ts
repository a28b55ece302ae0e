import * as oauth from 'oauth4webapi'
import { postForm, type Answer } from './oauth-http.ts'

export const CLIENT: oauth.Client = { client_id: 'cli_native' }
const SHORTEST_INTERVAL_S = 0.001

/** The two endpoints of a service that the protocol needs; nothing is discovered. */
export function serverOf(
  serverUrl: string,
): oauth.AuthorizationServer & { readonly token_endpoint: string } {
  return {
    issuer: serverUrl,
    device_authorization_endpoint: `${serverUrl}/oauth/device`,
    token_endpoint: `${serverUrl}/oauth/token`,
  }
}

/**
 * The library speaks the protocol; what travels goes the way of every request of this program: through its
 * proxies, bounded, and never to another host. A service on this machine has no certificate.
 * @param heard is given each answer as it came in
 */
export const transport = (heard: (answer: Answer) => void = () => undefined) => ({
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so that nobody uses it by accident
  [oauth.allowInsecureRequests]: true,
  async [oauth.customFetch](url: string, { body }: { body: URLSearchParams }): Promise<Response> {
    const answer = await postForm(url, Object.fromEntries(body))
    heard(answer)
    // A server may let a program ask again at once (RFC 8628, 3.2); the library wants a positive number.
    const interval = answer.body['interval'] === 0 ? { interval: SHORTEST_INTERVAL_S } : {}
    return Response.json({ ...answer.body, ...interval }, { status: answer.status })
  },
})

/** A service, or what is before it, that is overloaded, restarted or out of order for a while. */
export function saysNothing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

/** A word that a protocol may have for an error; anything else in its place is the service's own text. */
const ERROR_WORD = /^[a-z][a-z_]{0,39}$/

/** What the service answered, without anything that an answer may carry. */
export function saidBy(cause: unknown): string {
  if (cause instanceof oauth.ResponseBodyError)
    return ERROR_WORD.test(cause.error)
      ? `HTTP ${cause.status}, ${cause.error}`
      : `HTTP ${cause.status}`
  if (cause instanceof oauth.OperationProcessingError) {
    // An unexpected status says it all; what the library adds is for the authors of clients.
    return cause.cause instanceof Response
      ? `HTTP ${cause.cause.status}`
      : `the answer is not what OAuth asks for: ${cause.message}`
  }
  return 'its answer cannot be read'
}
