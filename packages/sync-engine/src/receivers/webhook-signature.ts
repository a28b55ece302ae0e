import { createHmac } from 'node:crypto'

const PREFIX = 'whsec_'

/** The key of a Standard Webhooks secret; undefined if the text is none. */
export function signingKey(secret: string): Buffer | undefined {
  const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret
  const key = Buffer.from(encoded, 'base64')
  const isWhole = key.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '')
  // The bounds that Standard Webhooks names for a symmetric key.
  return isWhole && key.length >= 24 && key.length <= 64 ? key : undefined
}

/**
 * The three headers with which a receiver can tell that a message came from here, unchanged and just now
 * (Standard Webhooks 1.0, symmetric).
 * @param id the same for every sending of one message
 */
export function signatureHeaders(
  key: Buffer,
  { id, atMs, body }: { readonly id: string; readonly atMs: number; readonly body: Buffer },
): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000))
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body)
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature.digest('base64')}`,
  }
}
