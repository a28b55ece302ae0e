import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Knowledge of the token is proven, the token itself never travels: each side signs a number that the
 * other one chose. What is asked for is part of the text, so no answer fits another question.
 */
export function sign(token: string, purpose: string, nonce: string): string {
  return createHmac('sha256', token).update(`${purpose}\n${nonce}`).digest('hex')
}

/** Compares in constant time. */
export function isSigned(token: string, purpose: string, nonce: string, proof: string): boolean {
  const wanted = Buffer.from(sign(token, purpose, nonce))
  const given = Buffer.from(proof)
  return wanted.length === given.length && timingSafeEqual(wanted, given)
}
