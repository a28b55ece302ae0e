import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { AttestationProblem } from './problem.ts'

/** A key that signs evidence. It proves who sealed the documents, not that the machine was honest. */
export interface SigningKey {
  readonly id: string
  readonly privateKey: KeyObject
}

/** A key that an auditor trusts. */
export interface VerifyingKey {
  readonly id: string
  readonly publicKey: KeyObject
}

/**
 * Reads an Ed25519 private key in PEM (PKCS 8), for example from
 * `openssl genpkey -algorithm ed25519 -out evidence.key`.
 *
 * @throws AttestationProblem `key-unreadable`; the message never repeats what the file holds
 */
export async function readSigningKey(file: string): Promise<SigningKey> {
  const privateKey = await readKey(file, createPrivateKey, 'private')
  return { id: keyId(createPublicKey(privateKey)), privateKey }
}

/**
 * Reads an Ed25519 public key in PEM (SPKI).
 *
 * @throws AttestationProblem `key-unreadable`, also for a private key: an auditor must not hold one
 */
export async function readVerifyingKey(file: string): Promise<VerifyingKey> {
  const publicKey = await readKey(file, createPublicKey, 'public')
  return { id: keyId(publicKey), publicKey }
}

/** SHA-256 of the key's DER form (SPKI), in hex: the same on every machine and in every tool. */
export function keyId(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

type Kind = 'private' | 'public'

async function readKey(
  file: string,
  parse: (pem: string) => KeyObject,
  kind: Kind,
): Promise<KeyObject> {
  const pem = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw unreadable(file, kind, cause)
  })
  if (kind === 'public' && pem.includes('PRIVATE KEY')) throw unreadable(file, kind)
  try {
    const key = parse(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (cause) {
    // The library's message may quote the file; it is kept as the cause and never printed.
    throw unreadable(file, kind, cause)
  }
  throw unreadable(file, kind)
}

function unreadable(file: string, kind: Kind, cause?: unknown): AttestationProblem {
  const make =
    kind === 'private'
      ? `make one: openssl genpkey -algorithm ed25519 -out ${file}`
      : 'make it from the private key: openssl pkey -in evidence.key -pubout -out evidence.pub'
  return new AttestationProblem(
    'key-unreadable',
    `${file} is not an Ed25519 ${kind} key in PEM that can be read; ${make}`,
    { cause },
  )
}
