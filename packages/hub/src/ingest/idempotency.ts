import { Problem } from '../base/problem.ts'
import { nullableIn, textIn, type Session } from '../database/database.ts'

/** A request that its sender can recognise again. */
export interface IdempotentRequest {
  readonly key: string
  /** SHA-256 of the decompressed body, hexadecimal. */
  readonly digest: string
}

/** The same request came before: the transaction is given up, and the sender gets the first answer. */
export class AnsweredBefore extends Error {
  readonly answer: string

  constructor(answer: string) {
    super('the request was answered before')
    this.answer = answer
  }
}

/**
 * Claims the key for this transaction; a second request with it waits for the first one.
 * @throws {AnsweredBefore}, {@link Problem} `idempotency-key-reused`
 */
export async function claimKey(
  session: Session,
  tenantId: string,
  { key, digest }: IdempotentRequest,
): Promise<void> {
  const inserted = await session.query(
    `INSERT INTO hub.idempotency (tenant_id, key, request_digest)
     VALUES ($1::text::int, $2::text, decode($3::text, 'hex')) ON CONFLICT DO NOTHING RETURNING key`,
    [tenantId, key, digest],
  )
  if (inserted.length > 0) return
  const [row] = await session.query(
    `SELECT answer, (request_digest = decode($3::text, 'hex'))::text AS same FROM hub.idempotency
     WHERE tenant_id = $1::text::int AND key = $2::text`,
    [tenantId, key, digest],
  )
  const answer = nullableIn(row, 'answer')
  if (textIn(row, 'same') === 'true' && answer !== null) throw new AnsweredBefore(answer)
  throw new Problem('idempotency-key-reused', {
    detail: 'this Idempotency-Key came before with another body',
    next: 'use a new key for every new batch',
  })
}

export async function keepAnswer(
  session: Session,
  tenantId: string,
  { key }: IdempotentRequest,
  answer: string,
): Promise<void> {
  await session.query(
    `UPDATE hub.idempotency SET answer = $3::text WHERE tenant_id = $1::text::int AND key = $2::text`,
    [tenantId, key, answer],
  )
}
