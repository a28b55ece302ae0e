import { SyncError } from '../base/errors.ts'
import { ENDPOINT_PLACE, endpointUrl } from '../target/url.ts'
import type { DeliveryReceiver } from './contract.ts'
import { HttpClient, type BatchFormat } from './http.ts'
import { signingKey } from './webhook-signature.ts'

export interface ExternalOptions {
  /** The full address that batches are posted to. */
  readonly endpoint: string | undefined
  /** For example an `authorization` of the operator's own. */
  readonly headers?: Readonly<Record<string, string>>
  readonly compress?: boolean | undefined
  /** How events are written; the batch API's own form unless told otherwise. */
  readonly format?: BatchFormat | undefined
  /** `whsec_…`: every batch is signed with it (Standard Webhooks). */
  readonly webhookSecret?: string | undefined
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
  { endpoint, headers = {}, compress, format, webhookSecret }: ExternalOptions,
): DeliveryReceiver {
  if (endpoint === undefined || endpoint.trim() === '') throw endpointMissing()
  const batchUrl = endpointUrl(endpoint)
  const identity = { kind, url: batchUrl } as const
  const client = new HttpClient({
    identity,
    batchUrl,
    compress,
    format,
    signingKey: webhookSecret === undefined ? undefined : keyOf(webhookSecret),
    headers: () => Promise.resolve(headers),
  })
  return {
    identity,
    endpoint: batchUrl,
    gate: () => Promise.resolve({ kind: 'open' }),
    describe: () => client.describe(),
    team: undefined,
    namesProducer: true,
    post: (batch) => client.post(batch),
    close: () => client.close(),
  }
}

/** The secret itself is never named. */
function keyOf(secret: string): Buffer {
  const key = signingKey(secret)
  if (key !== undefined) return key
  throw new SyncError({
    code: 'config-invalid',
    what: 'the webhook secret is not one: whsec_ and 24 to 64 bytes in base64',
    where: 'config.toml, [event_sync] external_webhook_secret',
  })
}

function endpointMissing(): SyncError {
  return new SyncError({
    code: 'endpoint-missing',
    what: 'the mode EXTERNAL_RECEIVER needs an address to send to',
    ...ENDPOINT_PLACE,
  })
}
