import { sign, verify } from 'node:crypto'
import { z } from 'zod'
import type { SigningKey, VerifyingKey } from './key.ts'
import { AttestationProblem } from './problem.ts'

/** Media type of an in-toto statement in an envelope. */
export const payloadType = 'application/vnd.in-toto+json'

const base64 = z.string().regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/)

const envelopeSchema = z.strictObject({
  payloadType: z.literal(payloadType),
  payload: base64.min(1),
  signatures: z.array(z.strictObject({ keyid: z.string(), sig: base64 })),
})

/**
 * A Dead Simple Signing Envelope (DSSE 1.0). Without a key `signatures` is empty: then the envelope
 * is a form that other tools read, and proves nothing by itself.
 */
export type Envelope = z.infer<typeof envelopeSchema>

/** Puts the exact bytes of a document into an envelope, signed where a key is given. */
export function seal(payload: Buffer, key?: SigningKey): Envelope {
  const signatures =
    key === undefined
      ? []
      : [
          {
            keyid: key.id,
            sig: sign(null, signedBytes(payload), key.privateKey).toString('base64'),
          },
        ]
  return { payloadType, payload: payload.toString('base64'), signatures }
}

/**
 * Reads an envelope without believing it.
 *
 * @throws AttestationProblem `envelope-unreadable` where it is not exactly an envelope
 */
export function parseEnvelope(document: unknown, where: string): Envelope {
  const parsed = envelopeSchema.safeParse(document)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new AttestationProblem(
    'envelope-unreadable',
    `${where} is not a DSSE envelope of an in-toto statement: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  )
}

/**
 * The bytes inside an envelope that the key signed.
 *
 * @throws AttestationProblem where it is not an envelope, or not signed by the key
 */
export function openEnvelope(document: unknown, key: VerifyingKey, where: string): Buffer {
  const envelope = parseEnvelope(document, where)
  if (isSignedBy(envelope, key)) return payloadOf(envelope)
  throw new AttestationProblem('not-signed', `${where} is not signed by the key ${key.id}`)
}

/** The bytes inside an envelope. */
export function payloadOf(envelope: Envelope): Buffer {
  return Buffer.from(envelope.payload, 'base64')
}

/** Whether one of the signatures was made with the key, over this payload and type. */
export function isSignedBy(envelope: Envelope, key: VerifyingKey): boolean {
  const bytes = signedBytes(payloadOf(envelope))
  return envelope.signatures.some(
    ({ keyid, sig }) =>
      keyid === key.id && verify(null, bytes, key.publicKey, Buffer.from(sig, 'base64')),
  )
}

/** Pre-authentication encoding: the type is signed too, so that a payload is never read as another. */
export function signedBytes(payload: Buffer, type: string = payloadType): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `
  return Buffer.concat([Buffer.from(head), payload])
}
