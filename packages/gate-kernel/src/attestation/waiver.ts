import { sign, verify } from 'node:crypto'
import { z } from 'zod'
import { sha256Of } from '../evidence/tree.ts'
import { signedBytes } from './dsse.ts'
import type { SigningKey, VerifyingKey } from './key.ts'

/** Media type of a waiver in its envelope; part of what is signed. */
const waiverType = 'application/vnd.canary-gate.waiver+json'

const line = z.string().trim().min(1).max(500)

/**
 * What an owner signs: this requirement, of this candidate, is not to end the run, until then. There is
 * no form that means several requirements, or any candidate.
 */
export const waiverSchema = z.strictObject({
  schemaVersion: z.literal(1),
  requirement: z
    .string()
    .regex(/^[A-Z][A-Z0-9]*\/[A-Z][\w-]*$/, 'must be an id such as GATE/FR-001'),
  /** Tag of the candidate. */
  candidate: z.string().regex(/^[\w.+-]{1,100}$/, 'must be the tag of one candidate'),
  reason: line,
  who: line,
  until: z.iso.datetime(),
  issue: z.url({ protocol: /^https$/, error: 'must be the address of an issue, https://…' }),
})

export type Waiver = z.infer<typeof waiverSchema>

const envelopeSchema = z.strictObject({
  payloadType: z.literal(waiverType),
  payload: z.string(),
  signatures: z.tuple([z.strictObject({ keyid: z.string(), sig: z.string() })]),
})

/** Longer files are not read. */
const MOST_BYTES = 65_536

/** A waiver as the owner hands it over: a DSSE envelope, signed. */
export function signWaiver(waiver: Waiver, key: SigningKey): string {
  const payload = Buffer.from(canonical(waiver))
  const sig = sign(null, signedBytes(payload, waiverType), key.privateKey).toString('base64')
  return written(payload, { keyid: key.id, sig })
}

/** A waiver that was read, or why the file is not one. Its content is known only where it is signed. */
export type OpenedWaiver =
  | { readonly waiver: Waiver; readonly sha256: string }
  | { readonly waiver: null; readonly why: string }

/**
 * Opens a waiver without believing it. The file is compared byte by byte with what {@link signWaiver}
 * writes: whatever else it might be read as, by this or by another reader, it is not honoured.
 *
 * @param key undefined: the signature is not looked at
 */
export function openWaiver(bytes: Buffer, key: VerifyingKey | undefined): OpenedWaiver {
  if (bytes.length > MOST_BYTES) return no('it is too long')
  const envelope = envelopeSchema.safeParse(parsed(bytes.toString('utf8')))
  if (!envelope.success) return no('it is not a signed waiver')
  const [signature] = envelope.data.signatures
  const payload = Buffer.from(envelope.data.payload, 'base64')
  const waiver = waiverSchema.safeParse(parsed(payload.toString('utf8')))
  if (!waiver.success) {
    const [issue] = waiver.error.issues
    return no(`it is not a waiver: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
  }
  const again = Buffer.from(written(Buffer.from(canonical(waiver.data)), signature))
  if (!again.equals(bytes)) return no('it was changed after it was signed')
  if (key !== undefined && !isSigned(payload, signature, key))
    return no('it is not signed by the key of the configuration')
  return { waiver: waiver.data, sha256: sha256Of(bytes) }
}

function isSigned(
  payload: Buffer,
  { keyid, sig }: { readonly keyid: string; readonly sig: string },
  key: VerifyingKey,
): boolean {
  const signature = Buffer.from(sig, 'base64')
  // Spare bits of base64 may differ and mean the same bytes: only one way to write them is good.
  if (keyid !== key.id || signature.toString('base64') !== sig) return false
  return verify(null, signedBytes(payload, waiverType), key.publicKey, signature)
}

function written(payload: Buffer, signature: { readonly keyid: string; readonly sig: string }) {
  const { keyid, sig } = signature
  const envelope = {
    payloadType: waiverType,
    payload: payload.toString('base64'),
    signatures: [{ keyid, sig }],
  }
  return `${JSON.stringify(envelope, null, 2)}\n`
}

/** The same fields in the same order, whoever wrote them. */
function canonical({ requirement, candidate, reason, who, until, issue }: Waiver): string {
  return JSON.stringify({ schemaVersion: 1, requirement, candidate, reason, who, until, issue })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function no(why: string): OpenedWaiver {
  return { waiver: null, why }
}
