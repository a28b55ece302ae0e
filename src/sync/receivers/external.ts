import { SyncError } from '../errors.ts'
import { canonicalUrl, type UrlPlace } from '../target/url.ts'
import type { DeliveryReceiver } from './contract.ts'
import { HttpClient } from './http.ts'

export interface ExternalOptions {
  /** The full address that batches are posted to. */
  readonly endpoint: string | undefined
  /** For example an `authorization` of the operator's own. */
  readonly headers?: Readonly<Record<string, string>>
  readonly compress?: boolean | undefined
}

/**
 * An operator's own server: same batches, same answers, same ledger, no Teamspace gate (SYNC/T035).
 * @throws {SyncError} `endpoint-missing`, `url-invalid`
 */
export function externalReceiver(options: ExternalOptions): DeliveryReceiver {
  return plainReceiver('external', options)
}

/** The local stub server as a target: a real socket and no credentials (SYNC/T036). */
export function stubReceiver(options: ExternalOptions): DeliveryReceiver {
  return plainReceiver('stub', options)
}

function plainReceiver(
  kind: 'external' | 'stub',
  { endpoint, headers = {}, compress }: ExternalOptions,
): DeliveryReceiver {
  if (endpoint === undefined || endpoint.trim() === '') throw endpointMissing()
  canonicalUrl(endpoint, ENDPOINT_PLACE)
  const identity = { kind, url: endpoint } as const
  const client = new HttpClient({
    identity,
    batchUrl: endpoint,
    compress,
    headers: () => Promise.resolve(headers),
  })
  return {
    identity,
    endpoint,
    gate: () => Promise.resolve({ kind: 'open' }),
    describe: () => client.describe(),
    team: undefined,
    post: (batch) => client.post(batch),
    close: () => client.close(),
  }
}

/** Where the address of an external receiver is set. */
export const ENDPOINT_PLACE: UrlPlace = {
  where: '[event_sync] external_endpoint in config.toml',
  next: 'run: spec-kitty sync mode EXTERNAL_RECEIVER --endpoint <url>',
}

function endpointMissing(): SyncError {
  return new SyncError({
    code: 'endpoint-missing',
    what: 'the mode EXTERNAL_RECEIVER needs an address to send to',
    ...ENDPOINT_PLACE,
  })
}
